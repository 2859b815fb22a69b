# SPDX-License-Identifier: MIT
# Turns manifest.tsv into input for the linker. form=versions (the default): a version script with a
# node for each tag, from the oldest limited API to what only the core's friends use, where each
# node builds on the one before. form=list: the names alone, for --dynamic-list. With only=stable the
# other tiers are left out.
BEGIN { FS = "\t" }
FNR == 1 || (only != "" && $3 != only) { next }
form == "list" { list = list "    " $1 ";\n"; next }
{
    split($4, part, /[_.]/)
    # PYABI_3.10 follows PYABI_3.9, and every PYABI node precedes PYCP and PYPRIV.
    rank = (part[1] == "PYABI" ? 0 : part[1] == "PYCP" ? 1000 : 2000) + part[3]
    node[rank] = $4
    names[rank] = names[rank] "    " $1 ";\n"
}
END {
    if (form == "list") {
        printf "{\n%s};\n", list
        exit
    }
    for (rank = 0; rank < 3000; rank++) {
        if (!(rank in node))
            continue
        printf "%s {\n  global:\n%s", node[rank], names[rank]
        if (before == "")
            print "  local:\n    *;"
        printf "}%s;\n\n", before == "" ? "" : " " before
        before = node[rank]
    }
}
