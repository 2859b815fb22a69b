# SPDX-License-Identifier: MIT
# Makes manifest.tsv, one row an exported symbol: name, kind, tier, version tag. Inputs: symbols.tsv
# (what CPython 3.11 exports), then stable-abi.tsv (from which come the limited API's functions that
# are newer). Symbols of other platforms and of debug builds are left out.
BEGIN { FS = OFS = "\t"; print "name", "kind", "tier", "version" }
FNR == 1 { file++; next }
file == 1 {
    version = $4 == "stable" ? "PYABI_" $5 : $4 == "public" ? "PYCP_3.11" : "PYPRIV_3.11"
    print $1, $2, $4, version | "LC_ALL=C sort"
    next
}
$4 == "no" && $5 == "" { print $1, $2, "stable", "PYABI_" $3 | "LC_ALL=C sort" }
