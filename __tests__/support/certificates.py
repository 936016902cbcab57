"""An authority, and a certificate of it for each host: `python certificates.py FOLDER HOST…` writes ca.pem, HOST.pem, HOST.key."""

import datetime
import ipaddress
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

folder, hosts = Path(sys.argv[1]), sys.argv[2:]
now = datetime.datetime.now(datetime.timezone.utc)


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def alternative(host):
    return x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)


def certificate(subject, key, issuer, issuer_key, extensions):
    builder = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


authority = ec.generate_private_key(ec.SECP256R1())
root = certificate("Test CA", authority, "Test CA", authority, [x509.BasicConstraints(ca=True, path_length=None)])
(folder / "ca.pem").write_bytes(root)
for host in hosts:
    key = ec.generate_private_key(ec.SECP256R1())
    extensions = [x509.SubjectAlternativeName([alternative(host)])]
    (folder / f"{host}.pem").write_bytes(certificate(host, key, "Test CA", authority, extensions))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / f"{host}.key").write_bytes(key.private_bytes(*form))
