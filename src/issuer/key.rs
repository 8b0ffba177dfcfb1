//! One published key (RFC 7517, 7518, 8037): its kind says which algorithms it verifies, and no other is tried with it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;

/// How a token is signed: by a key of which the other half is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

impl Algorithm {
    const NAMES: [(&str, Self); 10] = [
        ("RS256", Self::Rs256),
        ("RS384", Self::Rs384),
        ("RS512", Self::Rs512),
        ("PS256", Self::Ps256),
        ("PS384", Self::Ps384),
        ("PS512", Self::Ps512),
        ("ES256", Self::Es256),
        ("ES384", Self::Es384),
        ("EdDSA", Self::EdDsa),
        ("Ed25519", Self::EdDsa),
    ];

    /// The algorithm of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, algorithm)| *algorithm)
    }
}

/// A key that verifies.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// Its name.
    pub id: Option<String>,
    material: Material,
    /// The only algorithm it is for, where it says one.
    only: Option<Algorithm>,
}

#[derive(Clone, Debug)]
enum Material {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// A key as it is published. Members that are not read, such as `x5u`, lead nowhere.
#[derive(Deserialize)]
pub(super) struct Published {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Key {
    /// The key, where it is one that signs tokens; what is for something else, or secret, is none.
    pub fn of(published: Published) -> Option<Self> {
        let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
        // A point on a curve as X9.62 writes it, its halves as long as the curve has them.
        let point = |length: usize| {
            let (x, y) = (bytes(&published.x)?, bytes(&published.y)?);
            (x.len() == length && y.len() == length).then(|| [&[4][..], &x, &y].concat())
        };
        if published.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return None;
        }
        let material = match (published.kty.as_str(), published.crv.as_deref()) {
            ("RSA", _) => Material::Rsa { modulus: bytes(&published.n)?, exponent: bytes(&published.e)? },
            ("EC", Some("P-256")) => Material::P256(point(32)?),
            ("EC", Some("P-384")) => Material::P384(point(48)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes(&published.x)?),
            _ => return None,
        };
        let only = match published.alg.as_deref() {
            None => None,
            Some(name) => Some(Algorithm::from_name(name)?),
        };
        Some(Self { id: published.kid, material, only })
    }

    /// Has this key signed it, by this algorithm?
    pub fn verifies(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        if self.only.is_some_and(|only| only != algorithm) {
            return false;
        }
        let rsa = |parameters: &'static signature::RsaParameters| match &self.material {
            Material::Rsa { modulus: n, exponent: e } => {
                RsaPublicKeyComponents { n, e }.verify(parameters, signed, signature).is_ok()
            }
            _ => false,
        };
        let plain = |parameters: &'static dyn signature::VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(parameters, key).verify(signed, signature).is_ok()
        };
        match (algorithm, &self.material) {
            (Algorithm::Rs256, _) => rsa(&RSA_PKCS1_2048_8192_SHA256),
            (Algorithm::Rs384, _) => rsa(&RSA_PKCS1_2048_8192_SHA384),
            (Algorithm::Rs512, _) => rsa(&RSA_PKCS1_2048_8192_SHA512),
            (Algorithm::Ps256, _) => rsa(&RSA_PSS_2048_8192_SHA256),
            (Algorithm::Ps384, _) => rsa(&RSA_PSS_2048_8192_SHA384),
            (Algorithm::Ps512, _) => rsa(&RSA_PSS_2048_8192_SHA512),
            (Algorithm::Es256, Material::P256(key)) => plain(&ECDSA_P256_SHA256_FIXED, key),
            (Algorithm::Es384, Material::P384(key)) => plain(&ECDSA_P384_SHA384_FIXED, key),
            (Algorithm::EdDsa, Material::Ed25519(key)) => plain(&ED25519, key),
            (Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa, _) => false,
        }
    }
}
