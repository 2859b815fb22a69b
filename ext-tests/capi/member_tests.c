/* SPDX-License-Identifier: MIT */
/* structmember: C fields as attributes, one kind after the other. */
#include "capi.h"
#include <structmember.h>

typedef struct {
    PyObject_HEAD
    char flag;
    signed char byte;
    unsigned char ubyte;
    short half;
    unsigned short uhalf;
    int plain;
    unsigned int uplain;
    long wide;
    unsigned long uwide;
    long long widest;
    Py_ssize_t size;
    float single;
    double real;
    char letter;
    const char *text;
    char inplace[8];
    PyObject *object;
    PyObject *object_ex;
} Record;

#define FIELD(name, kind) {#name, kind, offsetof(Record, name), 0, NULL}

static PyMemberDef record_members[] = {
    FIELD(flag, T_BOOL), FIELD(byte, T_BYTE), FIELD(ubyte, T_UBYTE), FIELD(half, T_SHORT),
    FIELD(uhalf, T_USHORT), FIELD(plain, T_INT), FIELD(uplain, T_UINT), FIELD(wide, T_LONG),
    FIELD(uwide, T_ULONG), FIELD(widest, T_LONGLONG), FIELD(size, T_PYSSIZET),
    FIELD(single, T_FLOAT), FIELD(real, T_DOUBLE), FIELD(letter, T_CHAR), FIELD(text, T_STRING),
    FIELD(inplace, T_STRING_INPLACE), FIELD(object, T_OBJECT), FIELD(object_ex, T_OBJECT_EX),
    {"fixed", T_INT, offsetof(Record, plain), READONLY, "A fixed field."},
    {"none", T_NONE, 0, 0, NULL},
    {NULL},
};
static PyType_Slot record_slots[] = {{Py_tp_members, record_members}, {0, NULL}};
static PyType_Spec record_spec = {"capi.Record", sizeof(Record), 0, Py_TPFLAGS_DEFAULT,
                                  record_slots};

static PyObject *
new_record(void)
{
    OWN type = PyType_FromSpec(&record_spec);
    PyObject *record = PyObject_CallNoArgs(type);
    CU_ASSERT_PTR_NOT_NULL_FATAL(record);
    return record;
}

static int
set_text(PyObject *record, const char *name, const char *expression)
{
    OWN value = ks_eval(expression);
    return PyObject_SetAttrString(record, name, value);
}

TEST(integers_round_trip)
{
    OWN record = new_record();
    const char *rows[][2] = {
        {"byte", "-128"}, {"ubyte", "255"}, {"half", "-32768"}, {"uhalf", "65535"},
        {"plain", "-2147483648"}, {"uplain", "4294967295"}, {"wide", "-9223372036854775808"},
        {"uwide", "18446744073709551615"}, {"widest", "9223372036854775807"}, {"size", "-1"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CU_ASSERT_EQUAL(set_text(record, rows[i][0], rows[i][1]), 0);
        GIVES(PyObject_GetAttrString(record, rows[i][0]), rows[i][1]);
    }
    CU_ASSERT_EQUAL(((Record *)record)->uhalf, 65535);
}

TEST(integers_overflow)
{
    OWN record = new_record();
    MINUS_WITH(set_text(record, "wide", "2 ** 63"), PyExc_OverflowError,
               "Python int too large to convert to C long");
    MINUS_WITH(set_text(record, "plain", "'x'"), PyExc_TypeError,
               "'str' object cannot be interpreted as an integer");
}

TEST(bool_wants_bool)
{
    OWN record = new_record();
    CU_ASSERT_EQUAL(set_text(record, "flag", "True"), 0);
    GIVES(PyObject_GetAttrString(record, "flag"), "True");
    MINUS_WITH(set_text(record, "flag", "1"), PyExc_TypeError,
               "attribute value type must be bool");
}

TEST(floats)
{
    OWN record = new_record();
    CU_ASSERT_EQUAL(set_text(record, "single", "1.5"), 0);
    CU_ASSERT_EQUAL(set_text(record, "real", "2"), 0);
    GIVES(PyObject_GetAttrString(record, "single"), "1.5");
    GIVES(PyObject_GetAttrString(record, "real"), "2.0");
}

TEST(char_wants_one)
{
    OWN record = new_record();
    CU_ASSERT_EQUAL(set_text(record, "letter", "'q'"), 0);
    GIVES(PyObject_GetAttrString(record, "letter"), "'q'");
    MINUS_WITH(set_text(record, "letter", "'qq'"), PyExc_TypeError,
               "bad argument type for built-in operation");
}

TEST(strings_are_read_only)
{
    OWN record = new_record();
    GIVES(PyObject_GetAttrString(record, "text"), "None");
    ((Record *)record)->text = "t\xc3\xa9";
    strcpy(((Record *)record)->inplace, "in");
    GIVES(PyObject_GetAttrString(record, "text"), "'t\xc3\xa9'");
    GIVES(PyObject_GetAttrString(record, "inplace"), "'in'");
    MINUS_WITH(set_text(record, "text", "'x'"), PyExc_TypeError, "readonly attribute");
}

TEST(object_null_reads_none)
{
    OWN record = new_record();
    GIVES(PyObject_GetAttrString(record, "object"), "None");
    NULL_WITH(PyObject_GetAttrString(record, "object_ex"), PyExc_AttributeError, NULL);
}

TEST(object_counts_references)
{
    OWN record = new_record(), value = PyFloat_FromDouble(1.5);
    CU_ASSERT_EQUAL(PyObject_SetAttrString(record, "object", value), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 2);
    CU_ASSERT_EQUAL(PyObject_DelAttrString(record, "object"), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
    CU_ASSERT_PTR_NULL(((Record *)record)->object);
}

TEST(object_ex_delete_twice)
{
    OWN record = new_record();
    CU_ASSERT_EQUAL(PyObject_SetAttrString(record, "object_ex", Py_None), 0);
    CU_ASSERT_EQUAL(PyObject_DelAttrString(record, "object_ex"), 0);
    MINUS_WITH(PyObject_DelAttrString(record, "object_ex"), PyExc_AttributeError, "object_ex");
}

TEST(numbers_cannot_be_deleted)
{
    OWN record = new_record();
    MINUS_WITH(PyObject_DelAttrString(record, "plain"), PyExc_TypeError,
               "can't delete numeric/char attribute");
}

TEST(read_only_member)
{
    OWN record = new_record();
    MINUS_WITH(set_text(record, "fixed", "1"), PyExc_AttributeError, "readonly attribute");
    OWN descriptor = PyObject_GetAttrString((PyObject *)Py_TYPE(record), "fixed");
    GIVES(PyObject_GetAttrString(descriptor, "__doc__"), "'A fixed field.'");
    READS(descriptor, "<member 'fixed' of 'capi.Record' objects>");
}

TEST(none_member)
{
    OWN record = new_record();
    GIVES(PyObject_GetAttrString(record, "none"), "None");
}

TEST(direct_calls)
{
    Record record = {.plain = 31};
    PyMemberDef member = {"plain", T_INT, offsetof(Record, plain), 0, NULL};
    GIVES(PyMember_GetOne((char *)&record, &member), "31");
    OWN value = PyLong_FromLong(32);
    CU_ASSERT_EQUAL(PyMember_SetOne((char *)&record, &member, value), 0);
    CU_ASSERT_EQUAL(record.plain, 32);
    member.type = 99;
    NULL_WITH(PyMember_GetOne((char *)&record, &member), PyExc_SystemError,
              "bad memberdescr type");
}

void
add_member_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_integers_round_trip);
    CU_ADD_TEST(suite, test_integers_overflow);
    CU_ADD_TEST(suite, test_bool_wants_bool);
    CU_ADD_TEST(suite, test_floats);
    CU_ADD_TEST(suite, test_char_wants_one);
    CU_ADD_TEST(suite, test_strings_are_read_only);
    CU_ADD_TEST(suite, test_object_null_reads_none);
    CU_ADD_TEST(suite, test_object_counts_references);
    CU_ADD_TEST(suite, test_object_ex_delete_twice);
    CU_ADD_TEST(suite, test_numbers_cannot_be_deleted);
    CU_ADD_TEST(suite, test_read_only_member);
    CU_ADD_TEST(suite, test_none_member);
    CU_ADD_TEST(suite, test_direct_calls);
}
