// SPDX-License-Identifier: Apache-2.0
// What AWS's own library says of enclave image files: its checksum and PCRs, a line each.
use aws_nitro_enclaves_image_format::utils::eif_reader::EifReader;
use aws_nitro_enclaves_image_format::utils::get_pcrs;
use sha2::{Digest, Sha384};

fn main() {
    for path in std::env::args().skip(1) {
        let mut r = match EifReader::from_eif(path.clone()) {
            Ok(r) => r,
            Err(e) => {
                println!("{} error {}", path, e);
                continue;
            }
        };
        let crc = r.check_crc();
        let signed = r.signature_section.is_some();
        let m = get_pcrs(
            &mut r.image_hasher,
            &mut r.bootstrap_hasher,
            &mut r.app_hasher,
            &mut r.cert_hasher,
            Sha384::new(),
            signed,
        )
        .unwrap();
        let mut line = format!("{} crc={}", path, crc);
        for (k, v) in m.iter() {
            if k.starts_with("PCR") {
                line += &format!(" {}={}", k.to_lowercase(), v);
            }
        }
        println!("{}", line);
    }
}
