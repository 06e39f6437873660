"""The SDK's client, pointed at the demo instead of Microsoft's clouds."""

import datetime
import urllib.parse

from azure.identity import CertificateCredential, ClientSecretCredential
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph import GraphRequestAdapter, GraphServiceClient


def credential(demo, kind):
    """What an application proves itself with: `secret` or `certificate`."""
    # Nobody but the real authority can be asked whether an authority is real.
    options = {"authority": demo.authority, "disable_instance_discovery": True}
    if kind == "secret":
        demo.add_client("foreign-secret", secret="a secret of the tests")
        return ClientSecretCredential(
            demo.tenant, "foreign-secret", "a secret of the tests", **options
        )
    key, certificate = self_signed()
    demo.add_client("foreign-certificate", certificate=certificate.decode())
    return CertificateCredential(
        demo.tenant, "foreign-certificate", certificate_data=key + certificate, **options
    )


def self_signed():
    """A new RSA key and its certificate, both PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "foreign client")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return (
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        certificate.public_bytes(serialization.Encoding.PEM),
    )


def client(demo, application):
    """The SDK's client for an application's credential."""
    host = urllib.parse.urlsplit(demo.root).hostname
    provider = AzureIdentityAuthenticationProvider(
        application, scopes=[f"{demo.root}/graph/.default"], allowed_hosts=[host]
    )
    adapter = GraphRequestAdapter(provider)
    adapter.base_url = demo.graph
    return GraphServiceClient(request_adapter=adapter)
