#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A data lake of attestations through refval-verify, by Spark's pipe.

usage: spark-submit spark.py LINES OUT -- OPTIONS OF refval-verify, without --jsonl

LINES is a file, folder or pattern that Spark reads: evidence or envelopes, one a
line. Each partition is one `refval-verify --jsonl -`; OUT gets its results.
"""
import os
import shlex
import sys

from pyspark.sql import SparkSession

lines, out, dashes, *options = sys.argv[1:]
assert dashes == "--", __doc__
verify = os.environ.get("REFVAL_VERIFY", "refval-verify")
command = shlex.join([verify, "--jsonl", "-", "--jobs", "1", "--summary", "--keep-going", *options])

spark = SparkSession.builder.appName("refval").getOrCreate()
results = spark.sparkContext.textFile(lines).pipe(command, checkCode=True)
results.saveAsTextFile(out)
verdicts = spark.read.json(out).groupBy("verdict").count().collect()
print({row["verdict"]: row["count"] for row in verdicts})
spark.stop()
