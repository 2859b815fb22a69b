# SPDX-License-Identifier: MIT
"""Reads the machine's own documents with lxml, analyses them with NumPy, seals the result with
cryptography. Prints JSON: the results, and every compiled module that was loaded."""
import gzip
import json
import os
import re
import sys

import numpy as np
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree, html

ROOT = "/usr/share/doc"
LIMIT = 400


def documents():
    """The texts of changelogs and HTML manuals under /usr/share/doc, in a fixed order."""
    count = 0
    for folder, names, files in os.walk(ROOT):
        names.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            if name == "changelog.Debian.gz":
                with gzip.open(path, "rt", errors="replace") as stream:
                    yield stream.read(20000)
            elif name.endswith(".html"):
                tree = html.parse(path)
                yield " ".join(tree.xpath("//body//text()"))[:20000] if tree.getroot() is not None else ""
            else:
                continue
            count += 1
            if count == LIMIT:
                return


def analyse(texts):
    """Word counts per document as a matrix; its largest singular values and commonest words."""
    word = re.compile(r"[a-z]{3,}")
    vocabulary = {}
    rows = []
    for text in texts:
        counts = {}
        for found in word.findall(text.lower()):
            index = vocabulary.setdefault(found, len(vocabulary))
            counts[index] = counts.get(index, 0) + 1
        rows.append(counts)
    matrix = np.zeros((len(rows), min(len(vocabulary), 2000)))
    for row, counts in enumerate(rows):
        for index, count in counts.items():
            if index < matrix.shape[1]:
                matrix[row, index] = count
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix = np.divide(matrix, norms, out=np.zeros_like(matrix), where=norms > 0)
    values = np.linalg.svd(matrix, compute_uv=False)
    totals = matrix.sum(axis=0)
    words = list(vocabulary)
    common = [words[i] for i in np.argsort(-totals, kind="stable")[:8]]
    return {"documents": len(rows), "words": len(vocabulary), "common": common,
            "singular": [round(float(v), 6) for v in values[:4]]}


def report(results):
    """The results as XML, its HMAC and the length of its encryption with a fixed key."""
    root = etree.Element("report", documents=str(results["documents"]))
    for rank, text in enumerate(results["common"]):
        etree.SubElement(root, "word", rank=str(rank)).text = text
    data = etree.tostring(root, pretty_print=True)
    seal = hmac.HMAC(b"kingsnake", hashes.SHA256())
    seal.update(data)
    sealed = AESGCM(bytes(range(32))).encrypt(bytes(12), data, None)
    return {"seal": seal.finalize().hex(), "encrypted": len(sealed), "check": sealed[-8:].hex()}


def loaded():
    """Files of the compiled modules in sys.modules."""
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return sorted(name for name in files if name and name.endswith(".so"))


results = analyse(documents())
results.update(report(results))
print(json.dumps({"version": sys.version.split("\n")[0], "results": results, "loaded": loaded()}))
