//! The demo's own certificate authority and a certificate for this machine.

use crate::failure::{CommandError, Exit};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use std::{path::Path, sync::Arc};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// Makes a new authority and a certificate for localhost and 127.0.0.1, writes the authority's
/// certificate to `FOLDER/ca.pem`, and answers what accepts connections with it. No key is
/// written anywhere. Repeatable: each call makes another authority.
pub fn acceptor(folder: &Path) -> Result<TlsAcceptor, CommandError> {
    let (ca_pem, acceptor) = issue().map_err(|error| {
        CommandError::new(Exit::Failure, "tls", format!("cannot make a certificate: {error:#}"))
    })?;
    let path = folder.join("ca.pem");
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, ca_pem)).map_err(
        |error| {
            let message = format!("{}: cannot be written ({error})", path.display());
            CommandError::new(Exit::Failure, "tls", message).hint("Choose another --data-dir")
        },
    )?;
    Ok(acceptor)
}

fn issue() -> anyhow::Result<(String, TlsAcceptor)> {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let (from, until) = (now.yesterday()?, now.checked_add(jiff::Span::new().days(365))?);
    let day = |day: &jiff::Zoned| -> anyhow::Result<_> {
        Ok(rcgen::date_time_ymd(
            i32::from(day.year()),
            u8::try_from(day.month())?,
            u8::try_from(day.day())?,
        ))
    };
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority.distinguished_name.push(DnType::CommonName, "Earmark demo authority");
    (authority.not_before, authority.not_after) = (day(&from)?, day(&until)?);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name.push(DnType::CommonName, "Earmark demo");
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    (leaf.not_before, leaf.not_after) = (day(&from)?, day(&until)?);
    let leaf_key = KeyPair::generate()?;
    let leaf = leaf.signed_by(&leaf_key, &authority)?;

    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((authority.pem(), TlsAcceptor::from(Arc::new(config))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_is_written_without_its_key() {
        let folder = tempfile::tempdir().expect("folder");
        assert!(acceptor(&folder.path().join("tls")).is_ok());
        let pem = std::fs::read_to_string(folder.path().join("tls/ca.pem")).expect("written");
        assert!(pem.contains("BEGIN CERTIFICATE") && !pem.contains("PRIVATE KEY"));
    }
}
