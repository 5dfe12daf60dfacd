#!/usr/bin/ruby
# SPDX-License-Identifier: Apache-2.0
# COSE_Sign1 verified by ruby-cose, which shares no line with us.
# usage: cose.rb FILE.cbor KEY.pub      exit 1 when the signature is bad
require "cose"
require "openssl"

key = OpenSSL::PKey.read(File.binread(ARGV[1]))
curve, alg = { "prime256v1" => [1, -7], "secp384r1" => [2, -35] }.fetch(key.group.curve_name)
point = key.public_key.to_octet_string(:uncompressed)[1..]
half = point.bytesize / 2
message = COSE::Sign1.deserialize(File.binread(ARGV[0]))
abort "cose.rb: algorithm #{message.protected_headers[1]}, not #{alg}" unless message.protected_headers[1] == alg
cose_key = COSE::Key::EC2.new(crv: curve, x: point[0, half], y: point[half, half], alg: alg)
# That version builds a key in a way OpenSSL 3 no longer lets it: hand it over.
cose_key.define_singleton_method(:to_pkey) { key }
begin
  good = message.verify(cose_key)
rescue COSE::Error => e
  abort "cose.rb: #{e.class}"
end
abort "cose.rb: not by this key" unless good
