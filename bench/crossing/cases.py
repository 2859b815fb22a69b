# SPDX-License-Identifier: MIT
"""One case by its name: a statement, ten times a round of a loop, inside a function.

`cases.py --list` names the cases and how often a run repeats them; `cases.py NAME` runs one;
`cases.py --calls N` runs all that do not need NumPy with an N-th of their rounds. A case is a line
(rounds, set-up, statement); set-up and statement see `crossing` and, in the second table, `np`.
Rounds are such that a run takes CPython a quarter of a second.
"""
import sys

POINT = "p = crossing.Point(1.0, 2.0)"

CALLS = {
    # a C function called from a loop
    "noargs": (2_400_000, "f = crossing.noargs", "f()"),
    "one": (4_400_000, "f = crossing.one", "f(p)"),
    "fast_0": (4_900_000, "f = crossing.fast", "f()"),
    "fast_1": (4_600_000, "f = crossing.fast", "f(p)"),
    "fast_3": (3_300_000, "f = crossing.fast", "f(p, p, p)"),
    "fastkw_0": (4_500_000, "f = crossing.fast_keywords", "f()"),
    "fastkw_1": (4_400_000, "f = crossing.fast_keywords", "f(p)"),
    "fastkw_3": (3_200_000, "f = crossing.fast_keywords", "f(p, p, p)"),
    "fastkw_names": (2_800_000, "f = crossing.fast_keywords", "f(p, b=p, c=p)"),
    "varargs_0": (1_500_000, "f = crossing.varargs", "f()"),
    "varargs_1": (1_100_000, "f = crossing.varargs", "f(p)"),
    "varargs_3": (820_000, "f = crossing.varargs", "f(p, p, p)"),
    "varargs_typed": (760_000, "f = crossing.varargs_typed", "f(7, 2.5, 'text')"),
    "keywords_0": (1_400_000, "f = crossing.keywords", "f()"),
    "keywords_3": (750_000, "f = crossing.keywords", "f(p, p, p)"),
    "keywords_names": (330_000, "f = crossing.keywords", "f(p, b=p, c=p)"),
    "star": (2_800_000, "f = crossing.fast; t = (p, p, p)", "f(*t)"),
    "star_names": (340_000, "f = crossing.keywords; d = {'a': p, 'b': p}", "f(**d)"),
    "module_function": (3_600_000, "m = crossing", "m.one(p)"),
    "build_value": (610_000, "f = crossing.build", "f()"),
    # methods of an extension type
    "method_noargs": (4_300_000, "", "p.noargs()"),
    "method_one": (3_600_000, "", "p.one(p)"),
    "method_fast_3": (2_900_000, "", "p.fast(p, p, p)"),
    "method_fastkw": (1_800_000, "", "p.fast_keywords(p, b=p, c=p)"),
    "method_varargs": (770_000, "", "p.varargs(p, p, p)"),
    "method_keywords": (350_000, "", "p.keywords(p, b=p, c=p)"),
    "method_bound": (5_200_000, "f = p.one", "f(p)"),
    "vectorcall": (3_400_000, "", "p(p)"),
    # attributes and slots
    "member_object": (8_400_000, "", "p.label"),
    "member_double": (2_400_000, "", "p.x"),
    "member_size": (2_400_000, "", "p.length"),
    "member_set": (9_100_000, "", "p.label = 5"),
    "property": (2_700_000, "", "p.both"),
    "property_set": (2_600_000, "", "p.both = 5"),
    "attribute_none": (2_400_000, "", "hasattr(p, 'absent')"),
    "getattr": (2_000_000, "", "getattr(p, 'label')"),
    "subclass_slot": (1_500_000, "class S(crossing.Point): pass\n    p = S()", "p.one(p)"),
    "subclass_attr": (1_900_000, "class S(crossing.Point): pass\n    p = S(); p.w = 5", "p.w"),
    "create": (1_100_000, "P = crossing.Point", "P()"),
    "create_names": (380_000, "P = crossing.Point", "P(x=1.0, y=2.0)"),
    "isinstance": (3_800_000, "P = crossing.Point", "isinstance(p, P)"),
    "add": (2_000_000, "", "p + p"),
    "negative": (7_100_000, "", "-p"),
    "bool": (3_700_000, "", "not p"),
    "compare": (4_500_000, "", "p == p"),
    "hash": (3_400_000, "", "hash(p)"),
    "dict_key": (3_100_000, "d = {p: 1}", "d[p]"),
    "len": (4_300_000, "", "len(p)"),
    "item": (3_800_000, "", "p[1]"),
    "contains": (6_000_000, "", "5 in p"),
    "iterate": (6_800, "", "for _ in p: pass"),
    "list_of": (10_000, "", "list(p)"),
    # Python called from C
    "back_noargs": (420, "def f(): pass", "crossing.call_noargs(f, 5000)"),
    "back_one": (380, "def f(a): pass", "crossing.call_one(f, 5000)"),
    "back_vector": (330, "def f(a, b, c): pass", "crossing.call_vector(f, 5000)"),
    "back_format": (150, "def f(a, b, c): pass", "crossing.call_format(f, 5000)"),
    "back_objects": (260, "def f(a, b, c): pass", "crossing.call_objects(f, 5000)"),
    "back_tuple": (210, "def f(a, b, c): pass", "crossing.call_tuple(f, 5000)"),
    "back_default": (360, "def f(a, b=1): pass", "crossing.call_one(f, 5000)"),
    "back_star": (250, "def f(*a): pass", "crossing.call_vector(f, 5000)"),
    "back_method": (79, "class T:\n        def take(self, a): pass\n    t = T()",
                    "crossing.call_method(t, 5000)"),
    "back_bound": (290, "class T:\n        def take(self, a): pass\n    t = T().take",
                   "crossing.call_one(t, 5000)"),
    "back_builtin": (1_200, "", "crossing.call_one(abs, 5000)"),
    "back_class": (250, "class T: pass", "crossing.call_noargs(T, 5000)"),
    "back_callable": (200, "class T:\n        def __call__(self, a): pass\n    t = T()",
                      "crossing.call_one(t, 5000)"),
}

NUMPY = {
    "np_import": (0, "", "pass"),
    "np_scalar_add": (800_000, "a = np.float64(1.5)", "a + a"),
    "np_scalar_mixed": (750_000, "a = np.float64(1.5)", "a * 2.0"),
    "np_scalar_int": (1_200_000, "a = np.int64(15)", "a - 3"),
    "np_scalar_compare": (2_400_000, "a = np.float64(1.5)", "a < 2.0"),
    "np_scalar_float": (2_200_000, "a = np.float64(1.5)", "float(a)"),
    "np_scalar_new": (1_000_000, "f = np.float64", "f(1.5)"),
    "np_array_add": (130_000, "a = np.arange(8.0)", "a + a"),
    "np_array_scalar": (52_000, "a = np.arange(8.0)", "a * 2.0"),
    "np_array_inplace": (190_000, "a = np.zeros(8)", "a += a"),
    "np_array_item": (880_000, "a = np.arange(8.0)", "a[3]"),
    "np_array_store": (910_000, "a = np.arange(8.0)", "a[3] = 2.5"),
    "np_array_item2": (770_000, "a = np.zeros((4, 4))", "a[1, 2]"),
    "np_array_slice": (520_000, "a = np.arange(8.0)", "a[2:5]"),
    "np_array_mask": (160_000, "a = np.arange(8.0); m = a > 3", "a[m]"),
    "np_array_fancy": (66_000, "a = np.arange(8.0)", "a[[1, 2, 3]]"),
    "np_array_from": (160_000, "t = [1.0, 2.0, 3.0]", "np.array(t)"),
    "np_array_ints": (150_000, "t = [1, 2, 3]", "np.array(t)"),
    "np_zeros": (420_000, "", "np.zeros(5)"),
    "np_arange": (140_000, "", "np.arange(5)"),
    "np_iterate": (26_000, "a = np.arange(40.0)", "for _ in a: pass"),
    "np_tolist": (100_000, "a = np.arange(40.0)", "a.tolist()"),
    "np_sum_method": (36_000, "a = np.arange(8.0)", "a.sum()"),
    "np_sum": (19_000, "a = np.arange(8.0)", "np.sum(a)"),
    "np_mean": (13_000, "a = np.arange(8.0)", "np.mean(a)"),
    "np_dot": (50_000, "a = np.arange(8.0)", "np.dot(a, a)"),
    "np_sqrt": (130_000, "a = np.arange(8.0)", "np.sqrt(a)"),
    "np_sqrt_out": (150_000, "a = np.arange(8.0); b = a.copy()", "np.sqrt(a, out=b)"),
    "np_maximum": (110_000, "a = np.arange(8.0)", "np.maximum(a, a)"),
    "np_scalar_ufunc": (81_000, "", "np.sin(0.5)"),
    "np_concatenate": (41_000, "a = np.arange(8.0)", "np.concatenate((a, a))"),
    "np_where": (31_000, "a = np.arange(8.0); m = a > 3", "np.where(m, a, 0.0)"),
    "np_reshape": (420_000, "a = np.arange(8.0)", "a.reshape(2, 4)"),
    "np_astype": (120_000, "a = np.arange(8.0)", "a.astype(np.float32)"),
    "np_shape": (1_500_000, "a = np.arange(8.0)", "a.shape"),
    "np_linalg_norm": (23_000, "a = np.arange(8.0)", "np.linalg.norm(a)"),
}

SOURCE = """
def work(rounds, p):
    {setup}
    for _ in range(rounds):
        {body}
"""


def run(name, part=1):
    namespace, argument = {}, None
    if name in CALLS:
        import crossing
        rounds, setup, statement = CALLS[name]
        namespace["crossing"], argument = crossing, crossing.Point(1.0, 2.0)
        argument.label = 5
    else:
        import numpy
        rounds, setup, statement = NUMPY[name]
        namespace["np"] = numpy
    body = "\n        ".join([statement] * 10)
    exec(SOURCE.format(setup=setup or "pass", body=body), namespace)
    namespace["work"](rounds // part, argument)


def main():
    what = sys.argv[1]
    if what == "--list":
        for name in [*CALLS, *NUMPY]:
            print(name, 5 if name == "np_import" else 1)
    elif what == "--calls":
        for name in CALLS:
            run(name, int(sys.argv[2]))
    else:
        run(what)


if __name__ == "__main__":
    main()
