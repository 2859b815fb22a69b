/* SPDX-License-Identifier: MIT */
/* What the C-API costs: one program, run with one libpython and then with another.
 *
 * A case is a function that does its work `rounds` times. Each is repeated and the fastest
 * repetition counts; the output is one line a case, name and nanoseconds a round. Arguments: the
 * number of repetitions, then names of cases to be run alone. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <time.h>

#define ITEMS 1000

static PyObject *list_of_ints, *list_of_strs, *str_keys, *other_keys, *int_keys, *str_dict,
    *int_dict;
static PyObject *text, *needle, *wide_text, *utf8, *array, *instance, *attribute, *method, *callee;
static PyObject *shuffled_ints, *shuffled_strs, *numbers[4];
static const long digit_counts[4] = {1, 10, 1000, 100000};

static PyObject *
must(PyObject *object)
{
    if (object == NULL) {
        PyErr_Print();
        exit(1);
    }
    return object;
}

static void
must_zero(int result)
{
    if (result < 0) {
        PyErr_Print();
        exit(1);
    }
}

static PyObject *
eval(const char *expression)
{
    PyObject *space = must(PyDict_New());
    PyObject *value = must(PyRun_String(expression, Py_eval_input, space, space));
    Py_DECREF(space);
    return value;
}

static void
prepare(void)
{
    list_of_ints = eval("list(range(1000, 2000))");
    list_of_strs = eval("['item %d' % i for i in range(1000)]");
    str_keys = eval("['key%d' % i for i in range(1000)]");
    other_keys = eval("['none%d' % i for i in range(1000)]");
    int_keys = eval("[i * 37 for i in range(1000)]");
    str_dict = eval("{'key%d' % i: i for i in range(1000)}");
    int_dict = eval("{i * 37: i for i in range(1000)}");
    text = eval("'lorem ipsum dolor sit amet ' * 400 + 'the needle'");
    needle = eval("'the needle'");
    wide_text = eval("'z\\xfcrich \\u20ac ' * 500");
    utf8 = eval("('z\\xfcrich \\u20ac ' * 500).encode()");
    array = eval("bytearray(1 << 20)");
    attribute = must(PyUnicode_InternFromString("field"));
    method = must(PyUnicode_InternFromString("take"));
    instance = eval("type('A', (), {'__init__': lambda s: setattr(s, 'field', 1),"
                    " 'take': lambda s, x: x})()");
    callee = eval("lambda a, b: a");
    shuffled_ints = eval("[(i * 7919) % 10007 * 1000 for i in range(10000)]");
    shuffled_strs = eval("['%05d' % ((i * 7919) % 10007) for i in range(10000)]");
    for (int i = 0; i < 4; i++) {
        PyObject *ten = must(PyLong_FromLong(10)), *count = must(PyLong_FromLong(digit_counts[i]));
        PyObject *power = must(PyNumber_Power(ten, count, Py_None)),
            *seven = must(PyLong_FromLong(7));
        numbers[i] = must(PyNumber_FloorDivide(power, seven));
        Py_DECREF(ten);
        Py_DECREF(count);
        Py_DECREF(power);
        Py_DECREF(seven);
    }
}

/* Objects that come and go. */

static void
float_alloc(long rounds)
{
    while (rounds-- > 0)
        Py_DECREF(PyFloat_FromDouble((double)rounds));
}

static void
int_alloc(long rounds)
{
    while (rounds-- > 0)
        Py_DECREF(PyLong_FromLong(rounds + 1000));
}

static void
bytes_alloc(long rounds)
{
    while (rounds-- > 0)
        Py_DECREF(PyBytes_FromStringAndSize(NULL, 40));
}

static void
list_alloc(long rounds)
{
    while (rounds-- > 0)
        Py_DECREF(PyList_New(3));
}

static void
dict_alloc(long rounds)
{
    while (rounds-- > 0) {
        PyObject *dict = PyDict_New();
        PyDict_SetItem(dict, attribute, Py_None);
        Py_DECREF(dict);
    }
}

static void
raw_blocks(long rounds)
{
    void *kept[100];
    while (rounds-- > 0) {
        for (int i = 0; i < 100; i++)
            kept[i] = PyObject_Malloc(16 + i * 4);
        for (int i = 0; i < 100; i++)
            PyObject_Free(kept[i]);
    }
}

static void
tuple_build(long rounds)
{
    while (rounds-- > 0)
        Py_DECREF(PyTuple_Pack(4, Py_None, Py_True, Py_False, Py_None));
}

static void
build_value(long rounds)
{
    while (rounds-- > 0)
        Py_DECREF(Py_BuildValue("(isO)", 5, "name", Py_None));
}

/* Containers. */

static void
list_append(long rounds)
{
    while (rounds-- > 0) {
        PyObject *list = PyList_New(0);
        for (int i = 0; i < ITEMS; i++)
            PyList_Append(list, Py_None);
        Py_DECREF(list);
    }
}

static void
list_index(long rounds)
{
    while (rounds-- > 0)
        for (Py_ssize_t i = 0; i < ITEMS; i++)
            Py_DECREF(PySequence_GetItem(list_of_ints, i));
}

static void
insert_all(PyObject *keys)
{
    PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; i < ITEMS; i++)
        PyDict_SetItem(dict, PyList_GET_ITEM(keys, i), Py_None);
    Py_DECREF(dict);
}

static void
dict_insert_str(long rounds)
{
    while (rounds-- > 0)
        insert_all(str_keys);
}

static void
dict_insert_int(long rounds)
{
    while (rounds-- > 0)
        insert_all(int_keys);
}

static void
look_up_all(PyObject *dict, PyObject *keys, int expected)
{
    for (Py_ssize_t i = 0; i < ITEMS; i++)
        if ((PyDict_GetItemWithError(dict, PyList_GET_ITEM(keys, i)) != NULL) != expected)
            abort();
}

static void
dict_hit_str(long rounds)
{
    while (rounds-- > 0)
        look_up_all(str_dict, str_keys, 1);
}

static void
dict_miss_str(long rounds)
{
    while (rounds-- > 0)
        look_up_all(str_dict, other_keys, 0);
}

static void
dict_hit_int(long rounds)
{
    while (rounds-- > 0)
        look_up_all(int_dict, int_keys, 1);
}

static void
dict_miss_int(long rounds)
{
    while (rounds-- > 0)
        look_up_all(int_dict, list_of_strs, 0);
}

static void
sort_copy(PyObject *list)
{
    PyObject *copy = PyList_GetSlice(list, 0, PY_SSIZE_T_MAX);
    must_zero(PyList_Sort(copy));
    Py_DECREF(copy);
}

static void
sort_ints(long rounds)
{
    while (rounds-- > 0)
        sort_copy(shuffled_ints);
}

static void
sort_strs(long rounds)
{
    while (rounds-- > 0)
        sort_copy(shuffled_strs);
}

/* Text. */

static void
str_concat(long rounds)
{
    while (rounds-- > 0)
        Py_DECREF(PyUnicode_Concat(needle, text));
}

static void
str_append(long rounds)
{
    while (rounds-- > 0) {
        PyObject *grown = PyUnicode_FromString("");
        for (int i = 0; i < 100; i++)
            PyUnicode_Append(&grown, needle);
        Py_DECREF(grown);
    }
}

static void
str_find(long rounds)
{
    while (rounds-- > 0)
        if (PyUnicode_Find(text, needle, 0, PY_SSIZE_T_MAX, 1) < 0)
            abort();
}

static void
str_encode(long rounds)
{
    while (rounds-- > 0)
        Py_DECREF(PyUnicode_AsUTF8String(wide_text));
}

static void
str_decode(long rounds)
{
    while (rounds-- > 0)
        Py_DECREF(PyUnicode_DecodeUTF8(PyBytes_AS_STRING(utf8), PyBytes_GET_SIZE(utf8), NULL));
}

static void
str_from_format(long rounds)
{
    while (rounds-- > 0)
        Py_DECREF(PyUnicode_FromFormat("%s has %d of %R", "name", 42, Py_None));
}

/* Numbers of 1, 10, 1,000 and 100,000 digits. */

#define NUMBER_CASE(name, which, call)                                                            \
    static void name(long rounds)                                                                 \
    {                                                                                             \
        PyObject *number = numbers[which];                                                        \
        while (rounds-- > 0)                                                                      \
            Py_DECREF(must(call));                                                                \
    }

NUMBER_CASE(int_add_1, 0, PyNumber_Add(number, number))
NUMBER_CASE(int_add_10, 1, PyNumber_Add(number, number))
NUMBER_CASE(int_add_1k, 2, PyNumber_Add(number, number))
NUMBER_CASE(int_add_100k, 3, PyNumber_Add(number, number))
NUMBER_CASE(int_mul_1, 0, PyNumber_Multiply(number, number))
NUMBER_CASE(int_mul_10, 1, PyNumber_Multiply(number, number))
NUMBER_CASE(int_mul_1k, 2, PyNumber_Multiply(number, number))
NUMBER_CASE(int_mul_100k, 3, PyNumber_Multiply(number, number))
NUMBER_CASE(int_str_1, 0, PyObject_Str(number))
NUMBER_CASE(int_str_10, 1, PyObject_Str(number))
NUMBER_CASE(int_str_1k, 2, PyObject_Str(number))
NUMBER_CASE(int_str_100k, 3, PyObject_Str(number))

/* Attributes and calls. */

static void
attr_get(long rounds)
{
    while (rounds-- > 0)
        Py_DECREF(PyObject_GetAttr(instance, attribute));
}

static void
attr_set(long rounds)
{
    while (rounds-- > 0)
        PyObject_SetAttr(instance, attribute, Py_None);
}

static void
call_function(long rounds)
{
    PyObject *args[] = {NULL, Py_None, Py_True};
    while (rounds-- > 0)
        Py_DECREF(PyObject_Vectorcall(callee, args + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL));
}

static void
call_method(long rounds)
{
    PyObject *args[] = {NULL, instance, Py_True};
    while (rounds-- > 0)
        Py_DECREF(PyObject_VectorcallMethod(method, args + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET,
                                            NULL));
}

static void
call_type(long rounds)
{
    while (rounds-- > 0)
        Py_DECREF(PyObject_CallOneArg((PyObject *)&PyFloat_Type, Py_True));
}

/* Memory in bulk. */

static void
buffer_copy(long rounds)
{
    while (rounds-- > 0) {
        Py_buffer view;
        must_zero(PyObject_GetBuffer(array, &view, PyBUF_SIMPLE));
        Py_DECREF(must(PyBytes_FromStringAndSize(view.buf, view.len)));
        PyBuffer_Release(&view);
    }
}

static void
memoryview_slices(long rounds)
{
    PyObject *view = must(PyMemoryView_FromObject(array));
    while (rounds-- > 0)
        Py_DECREF(must(PySequence_GetSlice(view, 10, 1000)));
    Py_DECREF(view);
}

static PyObject *million;

static void
collect_million(long rounds)
{
    if (million == NULL)
        million = eval("[[] for i in range(1000000)]");
    while (rounds-- > 0)
        PyGC_Collect();
}

typedef struct {
    const char *name;
    void (*run)(long rounds);
    long rounds;
} Case;

static const Case cases[] = {
    {"float_alloc", float_alloc, 500000},     {"int_alloc", int_alloc, 500000},
    {"bytes_alloc", bytes_alloc, 300000},     {"list_alloc", list_alloc, 300000},
    {"dict_alloc", dict_alloc, 200000},       {"raw_blocks", raw_blocks, 5000},
    {"tuple_build", tuple_build, 300000},     {"build_value", build_value, 100000},
    {"list_append", list_append, 1000},       {"list_index", list_index, 1000},
    {"dict_insert_str", dict_insert_str, 500}, {"dict_insert_int", dict_insert_int, 500},
    {"dict_hit_str", dict_hit_str, 1000},     {"dict_miss_str", dict_miss_str, 1000},
    {"dict_hit_int", dict_hit_int, 1000},     {"dict_miss_int", dict_miss_int, 1000},
    {"sort_ints", sort_ints, 20},             {"sort_strs", sort_strs, 10},
    {"str_concat", str_concat, 50000},        {"str_append", str_append, 2000},
    {"str_find", str_find, 5000},             {"str_encode", str_encode, 2000},
    {"str_decode", str_decode, 2000},         {"str_from_format", str_from_format, 50000},
    {"int_add_1", int_add_1, 500000},         {"int_add_10", int_add_10, 500000},
    {"int_add_1k", int_add_1k, 200000},       {"int_add_100k", int_add_100k, 2000},
    {"int_mul_1", int_mul_1, 500000},         {"int_mul_10", int_mul_10, 300000},
    {"int_mul_1k", int_mul_1k, 5000},         {"int_mul_100k", int_mul_100k, 1},
    {"int_str_1", int_str_1, 200000},         {"int_str_10", int_str_10, 200000},
    {"int_str_1k", int_str_1k, 3000},         {"int_str_100k", int_str_100k, 1},
    {"attr_get", attr_get, 500000},           {"attr_set", attr_set, 500000},
    {"call_function", call_function, 300000}, {"call_method", call_method, 300000},
    {"call_type", call_type, 300000},         {"buffer_copy", buffer_copy, 100},
    {"memoryview_slices", memoryview_slices, 50000}, {"collect_million", collect_million, 3},
};

static double
now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static int
is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return 1;
    return argc <= 2;
}

int
main(int argc, char **argv)
{
    int repetitions = argc > 1 ? atoi(argv[1]) : 5;
    Py_Initialize();
    must_zero(PyRun_SimpleString("import sys; sys.set_int_max_str_digits(0)"));
    prepare();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!is_wanted(cases[i].name, argc, argv))
            continue;
        double best = 0;
        cases[i].run(1);
        for (int repetition = 0; repetition < repetitions; repetition++) {
            double start = now_ns();
            cases[i].run(cases[i].rounds);
            double spent = (now_ns() - start) / cases[i].rounds;
            if (repetition == 0 || spent < best)
                best = spent;
        }
        printf("%s %.2f\n", cases[i].name, best);
        fflush(stdout);
    }
    return 0;
}
