"""The % operator with ints: flags, widths and precisions, in formats of every width of character."""
FORMATS = ["%d", "%5d", "%05d", "%-5d|", "%+d", "% d", "%+05d", "% 05d", "%-05d|", "%i", "%u", "%5u",
           "%#d", "%#05d", "\xe9%3d", "\u20ac%3d|", "\U0001f600%06d", "%.3d", "%5.3d", "%+-8d|", "%x",
           "%05x", "%o", "%*d|"]
VALUES = [0, 1, -1, 9, -10, 12345, -12345, 123456789, -(1 << 59), (1 << 60) - 1, 1 << 60, -(1 << 70),
          True]
for form in FORMATS:
    print(form, [form % ((7, value) if "*" in form else value) for value in VALUES])
for arguments in [(1 << 62, 1), (-3, 12)]:
    try:
        print("%*d|" % arguments)
    except (MemoryError, OverflowError, ValueError) as error:
        print(type(error).__name__)
