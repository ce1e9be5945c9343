/*
 * A certificate authority for these tests, whose key was thrown away, and a certificate it signed for servers on
 * loopback. Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500` with
 * `-subj "/CN=test login authority" -addext basicConstraints=critical,CA:TRUE -addext
 * keyUsage=critical,keyCertSign,cRLSign`, and with
 * `-CA ca.crt -CAkey ca.key -subj "/CN=test login servers" -addext basicConstraints=critical,CA:FALSE -addext
 * extendedKeyUsage=serverAuth
 * -addext subjectAltName=IP:127.0.0.1,DNS:sts.amazonaws.com,DNS:sts.ap-southeast-2.amazonaws.com`.
 */

export const authority = `-----BEGIN CERTIFICATE-----
MIIBpTCCAUugAwIBAgIUD3FxP1iGiEryP3g3DdftP3WAISEwCgYIKoZIzj0EAwIw
HzEdMBsGA1UEAwwUdGVzdCBsb2dpbiBhdXRob3JpdHkwIBcNMjYxMTI4MTkyNjA5
WhgPMjEyNjExMDQxOTI2MDlaMB8xHTAbBgNVBAMMFHRlc3QgbG9naW4gYXV0aG9y
aXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAElyVNb7tUJlSrgdhevLpp2h5/
/3EkqLiP91PRLF0NJEAPLCMsQPM0nyG5zFYKSBa1yiCQjvSOu8uG8nk9kPoviKNj
MGEwHQYDVR0OBBYEFIDBvbLgMhYJytyVVa5d+R3u7783MB8GA1UdIwQYMBaAFIDB
vbLgMhYJytyVVa5d+R3u7783MA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQD
AgEGMAoGCCqGSM49BAMCA0gAMEUCIDdAtfJSPusIJKQCns1iO4svkRpzz3N45p0K
ITs6pA/vAiEA0Nqtwv8L1wtgfX7a4nS1EV1A+PcSe8iVbsTuGUwlHKY=
-----END CERTIFICATE-----
`;

/** Certificate and key of the servers. */
export const server = {
  cert: `-----BEGIN CERTIFICATE-----
MIIB7TCCAZOgAwIBAgIUJPpjMN5sLz6z5vQK/A24qLTf24cwCgYIKoZIzj0EAwIw
HzEdMBsGA1UEAwwUdGVzdCBsb2dpbiBhdXRob3JpdHkwIBcNMjYxMTI4MTkyNjA5
WhgPMjEyNjExMDQxOTI2MDlaMB0xGzAZBgNVBAMMEnRlc3QgbG9naW4gc2VydmVy
czBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKQDksQ5s1X0ZWaeQR1+bKaTVMEm
tRl1eip/liZfdslCirb+5AKZ/bFlI5F/778tJQizr38exRFBSaGSXEz5Qpejgaww
gakwHQYDVR0OBBYEFPBGXzX8PU3SGVmITfPUuALRKfv+MB8GA1UdIwQYMBaAFIDB
vbLgMhYJytyVVa5d+R3u7783MAwGA1UdEwEB/wQCMAAwRAYDVR0RBD0wO4cEfwAA
AYIRc3RzLmFtYXpvbmF3cy5jb22CIHN0cy5hcC1zb3V0aGVhc3QtMi5hbWF6b25h
d3MuY29tMBMGA1UdJQQMMAoGCCsGAQUFBwMBMAoGCCqGSM49BAMCA0gAMEUCIQDt
CnnCCzcUkdFRUPHFEdG+TkZXmdHH7e9Iv+KcP3cnfwIgIygjvYdXVQ3nVtnY4aAH
P8XupDzqFaNADDBGf6cSl8E=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghDJOA3WdYdvVI4M4
ytgm51HpUjNpPDTAOY4rhtYuevyhRANCAASkA5LEObNV9GVmnkEdfmymk1TBJrUZ
dXoqf5YmX3bJQoq2/uQCmf2xZSORf++/LSUIs69/HsURQUmhklxM+UKX
-----END PRIVATE KEY-----
`,
};
