/*
 * Certificate authorities made for these tests and trusted by nothing. Made by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj "/CN=test authority"
 * -addext keyUsage=critical,keyCertSign,cRLSign`.
 */

/** One that kOps takes as its own. */
export const authority = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBmTCCAT+gAwIBAgIUR40Fr/ABVNSwoSF+6reUi/blqZAwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkwIBcNMjYxMTIxMTI0OTM1WhgPMjEy
NjEwMjgxMjQ5MzVaMBkxFzAVBgNVBAMMDnRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEsbmkbxtsdZpuzxWor8bNnTPKeezeUwSHvSTxlBFP
sQ3b59ZY0A6VIPAThiutNj60h4oeZx8zGwZIJXyNdpHIOKNjMGEwHQYDVR0OBBYE
FKsbh4MwckO6vNw1xCWXuxb1wReKMB8GA1UdIwQYMBaAFKsbh4MwckO6vNw1xCWX
uxb1wReKMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMAoGCCqGSM49
BAMCA0gAMEUCIDuVB0dRfK7EOLxuU+oS2dQqRWl7B3H4EaQMGKnQsuZcAiEAthbI
ZjZsajteTa355iONWZ32aX0a72+kiY6EQiWCMqQ=
-----END CERTIFICATE-----
`,
  privateKey: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmBOPQiJpboChG5yH
zwu/BpxO7vvFPUHHu5IDXzK9cfShRANCAASxuaRvG2x1mm7PFaivxs2dM8p57N5T
BIe9JPGUEU+xDdvn1ljQDpUg8BOGK602PrSHih5nHzMbBkglfI12kcg4
-----END PRIVATE KEY-----
`,
};

/** One with a key usage (Digital Signature) that kOps's own does not have. */
export const otherUsages = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBnzCCAUWgAwIBAgIUOjZJd3KDxsNOiWMPVJnM1SYm7HYwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRYW5vdGhlciBhdXRob3JpdHkwIBcNMjYxMTIxMTI0OTM1WhgP
MjEyNjEwMjgxMjQ5MzVaMBwxGjAYBgNVBAMMEWFub3RoZXIgYXV0aG9yaXR5MFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEctb2Vgba1rgDEHxUsXYffCzq6hr/o9vU
QoJtB87OqSsRJYizpumlofGjTgp6cr7jhTk8HQKA/kf9oogrcljXtaNjMGEwHQYD
VR0OBBYEFIsnwWIitlfheCW/OvQ2P8I7ThvNMB8GA1UdIwQYMBaAFIsnwWIitlfh
eCW/OvQ2P8I7ThvNMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgGGMAoG
CCqGSM49BAMCA0gAMEUCIQC0EkkCRvyRQZyXAzYaQVGEetD2NQQ5f888YtEyyY+W
dwIgbKgjECOu4NGtbS0N9MttJHCGg4xvDtDq1cR83mW3GC4=
-----END CERTIFICATE-----
`,
  privateKey: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7gPs0xHw5iM23dr0
KzVdCd6m/I1JQ32QSEUVUDZ0VyahRANCAARy1vZWBtrWuAMQfFSxdh98LOrqGv+j
29RCgm0Hzs6pKxEliLOm6aWh8aNOCnpyvuOFOTwdAoD+R/2iiCtyWNe1
-----END PRIVATE KEY-----
`,
};
