# SPDX-License-Identifier: MIT
# Makes the assembly of libpython3.so: a filter, that is, a table of names for linkers, whose
# definitions the dynamic loader takes from libpython3.11.so.1.0. First input: `nm -D -S
# --defined-only` of that library; second: manifest.tsv. What the library lacks is left out.
BEGIN { print "    .section .note.GNU-stack,\"\",@progbits" }
FILENAME == ARGV[1] {
    sub(/@.*/, "", $NF)
    size[$NF] = NF == 4 ? $2 : "0"
    next
}
{ split($0, row, "\t") }
row[3] != "stable" || !(row[1] in size) { next }
row[2] == "function" {
    printf "    .text\n    .globl %s\n    .type %s, @function\n%s:\n    ud2\n    .size %s, 2\n", \
        row[1], row[1], row[1], row[1]
    next
}
{
    printf "    .bss\n    .globl %s\n    .balign 32\n    .type %s, @object\n", row[1], row[1]
    printf "%s:\n    .zero 0x%s\n    .size %s, 0x%s\n", row[1], size[row[1]], row[1], size[row[1]]
}
