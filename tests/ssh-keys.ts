/** SSH keys of nobody, each with its fingerprint as `ssh-keygen -l -E md5` has it. */
export const sshKeys = {
  a: {
    text: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOY5soN54WEJQKoo9WeIg0l9hhbJDdEiBS5D2BlbZ0f3 team-a",
    fingerprint: "8b:8a:c6:1c:0f:33:40:61:46:89:1a:a6:a1:7c:c8:df",
  },
  b: {
    text: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP2AX3xGEy6ULRaaShJsRFtf14TV2TZglhlnR+KaBkaA team-b",
    fingerprint: "50:03:8b:ef:75:1b:36:83:27:89:e0:c1:00:f6:4b:96",
  },
  rsa: {
    text:
      "ssh-rsa " +
      "AAAAB3NzaC1yc2EAAAADAQABAAABAQDCGRy6V5AMjjYgPxz4qspGLk/ipe0HAwC52NatrdEA1879v4s2DyziUyjy0snAIvvKSeDyBAiAMb/VqOIPAa9W9eJUXhiOQIPbrkz2JCGGS4l65widhdsQCfSMBdAAieqOYp0fp+LUUMg5Z4LvsNdDDeBoKzqzY07RxL4GNZPlsUTbQeYiGncVxVVVLfPjJkomJmXcJ9A9MoPw7MFAItWDQLrB3d0YcvTssdlhsWRXkRwoXSuBqNiT6H0kOkFW/OOPhTmtRJZQbl0rKGgrtdF+l0BgQGpvUBUHzW6lwZDYNkzrYmotI6E/syOcVuZT74Rzl132WHa896d/012OljCx",
    fingerprint: "de:97:fb:7f:04:5c:95:47:75:dd:e2:13:d1:68:d1:32",
  },
};
