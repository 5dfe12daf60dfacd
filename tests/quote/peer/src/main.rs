// SPDX-License-Identifier: Apache-2.0
//! Reads lines "ID QUOTE COLLATERAL ROOT|- SECONDS", tab separated; writes
//! "ID verified STATUS ADVISORIES STRICT JSON" or "ID refused REASON"; JSON is what
//! the peer's own command prints, STRICT "accepted", or why its strict policy
//! refuses. A line "ID QUOTE" is decoded: "ID decoded JSON".
use dcap_qvl::{verify::QuoteVerifier, QuoteCollateralV3, QuotePolicy};
use serde_json::Value;
use std::{fs, io::BufRead};

fn text(v: &Value, key: &str) -> String {
    v[key].as_str().unwrap_or("").to_string()
}

/// Bytes as hex or as an array of numbers.
fn bytes(v: &Value, key: &str) -> Vec<u8> {
    match &v[key] {
        Value::String(s) => hex::decode(s).unwrap_or_default(),
        Value::Array(a) => a.iter().map(|b| b.as_u64().unwrap_or(0) as u8).collect(),
        _ => Vec::new(),
    }
}

fn collateral(v: &Value) -> QuoteCollateralV3 {
    QuoteCollateralV3 {
        pck_crl_issuer_chain: text(v, "pck_crl_issuer_chain"),
        root_ca_crl: bytes(v, "root_ca_crl"),
        pck_crl: bytes(v, "pck_crl"),
        tcb_info_issuer_chain: text(v, "tcb_info_issuer_chain"),
        tcb_info: text(v, "tcb_info"),
        tcb_info_signature: bytes(v, "tcb_info_signature"),
        qe_identity_issuer_chain: text(v, "qe_identity_issuer_chain"),
        qe_identity: text(v, "qe_identity"),
        qe_identity_signature: bytes(v, "qe_identity_signature"),
        pck_certificate_chain: v["pck_certificate_chain"].as_str().map(String::from),
    }
}

fn one_line(s: &str) -> String {
    s.replace(['\n', '\t'], " ")
}

fn one(f: &[&str]) -> Result<String, String> {
    let quote = fs::read(f[1]).map_err(|e| e.to_string())?;
    let json = fs::read(f[2]).map_err(|e| e.to_string())?;
    let v: Value = serde_json::from_slice(&json).map_err(|e| e.to_string())?;
    let verifier = match f[3] {
        "-" => QuoteVerifier::new_prod(),
        path => QuoteVerifier::new(fs::read(path).map_err(|e| e.to_string())?),
    };
    let at = f[4].parse().map_err(|_| "time".to_string())?;
    let r = verifier
        .verify(&quote, &collateral(&v), at)
        .map_err(|e| one_line(&format!("{e:#}")))?;
    let strict = match verifier.verify_with_policy(&quote, collateral(&v), at, &QuotePolicy::strict(at)) {
        Ok(_) => "accepted".to_string(),
        Err(e) => one_line(&format!("{e:#}")),
    };
    let json = serde_json::to_string(&r).map_err(|e| e.to_string())?;
    Ok(format!("verified\t{}\t{}\t{strict}\t{json}", r.status, r.advisory_ids.join(",")))
}

fn decode(path: &str) -> Result<String, String> {
    let quote = fs::read(path).map_err(|e| e.to_string())?;
    let q = dcap_qvl::quote::Quote::parse(&quote).map_err(|e| one_line(&format!("{e:#}")))?;
    let json = serde_json::to_string(&q).map_err(|e| e.to_string())?;
    Ok(format!("decoded\t{json}"))
}

fn main() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let f: Vec<&str> = line.split('\t').collect();
        let answer = if f.len() == 2 { decode(f[1]) } else { one(&f) };
        match answer {
            Ok(s) => println!("{}\t{s}", f[0]),
            Err(e) => println!("{}\trefused\t{e}", f[0]),
        }
    }
}
