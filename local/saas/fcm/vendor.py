"""Firebase Cloud Messaging in the registry."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from local.saas.vendor import Service, Vendor

PROJECT = "orderbuddy-local"
CLIENT_EMAIL = "pushes@orderbuddy-local.iam.gserviceaccount.com"
PRIVATE_KEY = """-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQC6oxeV8xb/jw8z
AI6e4o0rJR0H/8vJ33P+b+5EdQbT7xIqTm0yLgOeiJVqBKmY1QcyEjAuI719KO9x
AZQRjS7ynfMGNaTc4d8MbjL5syuJyKVMTs6oupgVwgvrNLukPFGzquaDgnYC7u98
IKbog8oFqmN1HriwjP00o3Dc2V0gcauYDd0NMxyi0+xvOe6cxoe0yqgqrZ6TKsw+
wkPyq8sKv3kjIIUtpj08SvkVL601+a0SR6eIi81BcaEDH6q+VCSOHUAoJ059MRpX
Onv04+HUDNS9U6Qe30+JYm868Rf/58/4gVB17FFOLkgsY3u+0DX/PhVcFgVfBkbX
sFoWAqXhAgMBAAECggEACbTPq4m6lCHhiCUq8FJsmxDRY11x62wb6+CbA05pbijh
yKIkMFbk80q70olZifbnlTq4QhNebchCOPNRuwlHpsXWIhLfdxP8IKOz3PlCILv2
9Mf9xsKlhC7U+y+BOWJgXA1dnaXxnedv5wRftHnzeLtKyYgxJ2VoXw4c9toLFikc
WOI4HMqPyHIrUWaywc9mI5+pDi7R6WZnkS+gwAGTuUZPT8hyWsw4Ki1/CMU5t4Jz
FcAF2lwV6vcbAO+h+TfSFhKgwQEsOnECM8dFasoORfFElbk7AYlcVrV8HVVrcrxJ
MtTNSwCh8eVqRNpvYG1EaThkaTMBGgyIeGIKt7ZakQKBgQD0O+t0yyjPF7a5K9ks
b5XhkichRhQBeoG7hwWI8dhoIWJrMTnXc0OukdyfdtCevKNaHMdpBs214xthm9e+
EcTZpYHq8taVewYgeWyhNHLRVQrVlNLw+GgnRmPLp+m9uDkcCPyxiBghRUfZJvDP
rBHd9E3HKhnqCgF+MbnJ4co4xQKBgQDDoNeyt1yOKZmM05zvTfOJysZtV6C98/U6
tb6jWJRqFUzjBmydT4kRBuRU/eqzFcD8V5Yn8e++QlgaS8SWwmg80iubcE6m9gHe
F3pkf7yFMTQHy+fr2cz3op984ZqPRV+9/dbIJ3GfSHdbzElRwFMS7g+nbn4GRbLZ
jeoczaoybQKBgAXJmbXFzqzBohnXOSk9Z67VuMmoEHdMgOCBvZbWLEujZuKlYvqB
B7yORk0dEqqAS9qpzevmNl+2BwMUH1OotiJ2MpLvuDgIl0eTuQhE5ueg/UW8ZhdB
u64ak+jSjM5rHCdW6y4FzJSVQLOboZ86M54v2Nv8WmraW9iysvVevV0FAoGAf88Y
vUFArfyNvk0OzeXOw+qAAzXp5dB6GhZda5jWtgwehIBQ++HXuhEXolOWP9RpljOe
/Y/6QwJTTzLLSHfQ5FOne9E/AaPeCnyqUPiHcTl5NdLJPfS5DdzoeA1pDkuTxqwN
5AypFhihKo9oI4oUfFyeS5RLr8tfkvU9y/2uQW0CgYA2rfHOd6Ps8Z4aYzI7LnFX
2vxZGYXbcKUCkaEYOX+H1hVzC/aBf4Dwv2BhhTnER4XpD387S6Q4/YSrG3E0V64t
8xTn2zsTFA24E/7KEYmaS5wwnFYIgSj8M1geTxNse2jROJE+tfBVo5swSezEzDYk
jxTs7EYHYI4S7gK/cUBkfg==
-----END PRIVATE KEY-----
"""
"""What opens, and proves, nothing but this machine's stand-in: it is no account of anybody."""


def _settings(url: str) -> Mapping[str, str]:
    return {
        "FIREBASE_PROJECT_ID": PROJECT,
        "FIREBASE_CLIENT_EMAIL": CLIENT_EMAIL,
        "FIREBASE_PRIVATE_KEY": PRIVATE_KEY.replace("\n", "\\n"),
        "FIREBASE_TOKEN_URI": f"{url}/token",
        "FIREBASE_SEND_URL": url,
    }


def _open(data_dir: Path, stopping: asyncio.Event) -> Service:
    # The supervisor reads the registry, too, and serves nothing.
    from local.saas.fcm.service import Fcm
    from local.standin.journal import Journal

    return Fcm(Journal(data_dir / "fcm.jsonl"), stopping, project=PROJECT, account=(CLIENT_EMAIL, PRIVATE_KEY))


FCM = Vendor("fcm", settings=_settings, open=_open)
