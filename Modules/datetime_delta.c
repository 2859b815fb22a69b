/* SPDX-License-Identifier: MIT */
/* timedelta. Kept normalised: 0 <= seconds < 86400, 0 <= microseconds < 1000000, the sign is in
 * days. All arithmetic goes through one 128-bit count of microseconds. */
#include "datetime_parts.h"
#include "structmember.h"
#include <math.h>

#define DELTA(op) ((PyDateTime_Delta *)(op))

KsMicros
ks_dt_delta_us(PyObject *delta)
{
    return ((KsMicros)DELTA(delta)->days * DT_DAY_SECONDS + DELTA(delta)->seconds) * 1000000 +
           DELTA(delta)->microseconds;
}

static KS_NEW PyObject *
delta_alloc(int days, int seconds, int us, PyTypeObject *type)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    DELTA(self)->hashcode = -1;
    DELTA(self)->days = days;
    DELTA(self)->seconds = seconds;
    DELTA(self)->microseconds = us;
    return self;
}

static KS_COLD PyObject *
delta_too_large(void)
{
    PyErr_SetString(PyExc_OverflowError, "Python int too large to convert to C int");
    return NULL;
}

PyObject *
ks_dt_delta_from_us(KsMicros us, PyTypeObject *type)
{
    KsMicros days = us / DT_DAY_US, rest = us % DT_DAY_US;
    if (rest < 0) {
        rest += DT_DAY_US;
        days--;
    }
    if (days > INT_MAX || days < INT_MIN)
        return delta_too_large();
    if (days > DT_MAX_DELTA_DAYS || days < -DT_MAX_DELTA_DAYS) {
        PyErr_Format(PyExc_OverflowError, "days=%d; must have magnitude <= %d", (int)days, DT_MAX_DELTA_DAYS);
        return NULL;
    }
    long long clock = (long long)rest;
    return delta_alloc((int)days, (int)(clock / 1000000), (int)(clock % 1000000), type);
}

PyObject *
ks_dt_delta_from_parts(int days, int seconds, int us, int normalize, PyTypeObject *type)
{
    if (normalize)
        return ks_dt_delta_from_us(((KsMicros)days * DT_DAY_SECONDS + seconds) * 1000000 + us, type);
    if (days > DT_MAX_DELTA_DAYS || days < -DT_MAX_DELTA_DAYS) {
        PyErr_Format(PyExc_OverflowError, "days=%d; must have magnitude <= %d", days, DT_MAX_DELTA_DAYS);
        return NULL;
    }
    return delta_alloc(days, seconds, us, type);
}

/* A timedelta outside the public range is fine here: only its hash is wanted. */
PyObject *
ks_dt_delta_hash_object(KsMicros us)
{
    return ks_dt_delta_from_us(us, &ks_dt_delta_type);
}

static KS_NEW PyObject *
int_from_us(KsMicros us)
{
    if (us >= LLONG_MIN && us <= LLONG_MAX)
        return PyLong_FromLongLong((long long)us);
    return _PyLong_FromByteArray((const unsigned char *)&us, sizeof us, 1, 1);
}

/* 1 and the value, 0 when 128 bits are too few. */
static int
int_to_us(PyObject *number, KsMicros *us)
{
    int overflow;
    long long small = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (!overflow) {
        *us = small;
        return 1;
    }
    if (_PyLong_NumBits(number) > 125)
        return 0;
    return _PyLong_AsByteArray((PyLongObject *)number, (unsigned char *)us, sizeof *us, 1, 1) == 0;
}

/* value / by rounded to nearest, halves to even; by > 0. */
static KsMicros
divide_nearest(KsMicros value, KsMicros by)
{
    KsMicros quotient = value / by, rest = value % by;
    if (rest < 0) {
        rest += by;
        quotient--;
    }
    KsMicros above = by - rest;
    if (rest > above || (rest == above && (quotient & 1)))
        quotient++;
    return quotient;
}

/* ---- arithmetic ---------------------------------------------------------------------------- */

static PyObject *
delta_add(PyObject *left, PyObject *right)
{
    if (!DT_IS_DELTA(left) || !DT_IS_DELTA(right))
        Py_RETURN_NOTIMPLEMENTED;
    return ks_dt_delta_from_us(ks_dt_delta_us(left) + ks_dt_delta_us(right), &ks_dt_delta_type);
}

static PyObject *
delta_subtract(PyObject *left, PyObject *right)
{
    if (!DT_IS_DELTA(left) || !DT_IS_DELTA(right))
        Py_RETURN_NOTIMPLEMENTED;
    return ks_dt_delta_from_us(ks_dt_delta_us(left) - ks_dt_delta_us(right), &ks_dt_delta_type);
}

static PyObject *
delta_negative(PyObject *self)
{
    return ks_dt_delta_from_us(-ks_dt_delta_us(self), &ks_dt_delta_type);
}

static PyObject *
delta_positive(PyObject *self)
{
    return ks_dt_delta_from_us(ks_dt_delta_us(self), &ks_dt_delta_type);
}

static PyObject *
delta_absolute(PyObject *self)
{
    return DELTA(self)->days < 0 ? delta_negative(self) : delta_positive(self);
}

static int
delta_bool(PyObject *self)
{
    return DELTA(self)->days || DELTA(self)->seconds || DELTA(self)->microseconds;
}

static PyObject *
delta_times_int(PyObject *self, PyObject *number)
{
    KsMicros us = ks_dt_delta_us(self), factor, product;
    if (us == 0)
        return ks_dt_delta_from_us(0, &ks_dt_delta_type);
    if (!int_to_us(number, &factor) || __builtin_mul_overflow(us, factor, &product))
        return PyErr_Occurred() ? NULL : delta_too_large();
    return ks_dt_delta_from_us(product, &ks_dt_delta_type);
}

/* value = *mantissa * 2**exponent with a whole mantissa; -1 for infinities and NaN. */
static int
float_split(double value, KsMicros *mantissa, int *exponent)
{
    if (isinf(value)) {
        PyErr_SetString(PyExc_OverflowError, "cannot convert Infinity to integer ratio");
        return -1;
    }
    if (isnan(value)) {
        PyErr_SetString(PyExc_ValueError, "cannot convert NaN to integer ratio");
        return -1;
    }
    double fraction = frexp(value, exponent);
    long long whole = (long long)ldexp(fraction, 53);
    *exponent -= 53;
    while (whole && !(whole & 1)) {
        whole /= 2;
        ++*exponent;
    }
    *mantissa = whole;
    return 0;
}

static int
bit_count(KsMicros value)
{
    int bits = 0;
    for (unsigned __int128 rest = value < 0 ? -value : value; rest; rest >>= 1)
        bits++;
    return bits;
}

static PyObject *
delta_times_float(PyObject *self, double number)
{
    KsMicros mantissa, product;
    int exponent;
    if (float_split(number, &mantissa, &exponent) < 0)
        return NULL;
    product = ks_dt_delta_us(self) * mantissa; /* 67 + 53 bits */
    if (product == 0 || exponent < -124)
        return ks_dt_delta_from_us(0, &ks_dt_delta_type);
    if (exponent <= 0)
        return ks_dt_delta_from_us(divide_nearest(product, (KsMicros)1 << -exponent), &ks_dt_delta_type);
    if (bit_count(product) + exponent > 125)
        return delta_too_large();
    return ks_dt_delta_from_us(product * ((KsMicros)1 << exponent), &ks_dt_delta_type);
}

/* us * numerator / denominator of a float's ratio (or its inverse), as its class tells it: only for
 * subclasses of float, which may answer anything. */
static PyObject *
delta_times_ratio(PyObject *self, PyObject *number, int inverse)
{
    KS_OWNED PyObject *ratio = PyObject_CallMethod(number, "as_integer_ratio", NULL);
    if (ratio == NULL)
        return NULL;
    if (!PyTuple_Check(ratio)) {
        PyErr_Format(PyExc_TypeError, "unexpected return type from as_integer_ratio(): expected tuple, got '%.200s'",
                     Py_TYPE(ratio)->tp_name);
        return NULL;
    }
    if (PyTuple_GET_SIZE(ratio) != 2) {
        PyErr_SetString(PyExc_ValueError, "as_integer_ratio() must return a 2-tuple");
        return NULL;
    }
    KS_OWNED PyObject *us = int_from_us(ks_dt_delta_us(self));
    if (us == NULL)
        return NULL;
    KS_OWNED PyObject *product = PyNumber_Multiply(us, PyTuple_GET_ITEM(ratio, inverse));
    if (product == NULL)
        return NULL;
    if (!PyLong_Check(product) || !PyLong_Check(PyTuple_GET_ITEM(ratio, !inverse))) {
        PyErr_SetString(PyExc_TypeError, "non-integer arguments in division");
        return NULL;
    }
    KS_OWNED PyObject *pair = _PyLong_DivmodNear(product, PyTuple_GET_ITEM(ratio, !inverse));
    KsMicros sum;
    if (pair == NULL)
        return NULL;
    if (!int_to_us(PyTuple_GET_ITEM(pair, 0), &sum))
        return PyErr_Occurred() ? NULL : delta_too_large();
    return ks_dt_delta_from_us(sum, &ks_dt_delta_type);
}

static PyObject *
delta_multiply(PyObject *left, PyObject *right)
{
    PyObject *self = DT_IS_DELTA(left) ? left : right;
    PyObject *number = self == left ? right : left;
    if (DT_IS_DELTA(self)) {
        if (PyLong_Check(number))
            return delta_times_int(self, number);
        if (PyFloat_CheckExact(number))
            return delta_times_float(self, PyFloat_AS_DOUBLE(number));
        if (PyFloat_Check(number))
            return delta_times_ratio(self, number, 0);
    }
    Py_RETURN_NOTIMPLEMENTED;
}

static KS_COLD PyObject *
delta_zero_divisor(void)
{
    PyErr_SetString(PyExc_ZeroDivisionError, "integer division or modulo by zero");
    return NULL;
}

static KsMicros
floor_divide(KsMicros value, KsMicros by, KsMicros *rest)
{
    KsMicros quotient = value / by;
    *rest = value % by;
    if (*rest != 0 && (*rest < 0) != (by < 0)) {
        *rest += by;
        quotient--;
    }
    return quotient;
}

static PyObject *
delta_floor_divide(PyObject *left, PyObject *right)
{
    KsMicros by, rest;
    if (!DT_IS_DELTA(left))
        Py_RETURN_NOTIMPLEMENTED;
    KsMicros us = ks_dt_delta_us(left);
    if (DT_IS_DELTA(right)) {
        by = ks_dt_delta_us(right);
        return by == 0 ? delta_zero_divisor() : int_from_us(floor_divide(us, by, &rest));
    }
    if (!PyLong_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    if (!int_to_us(right, &by)) /* a divisor beyond any timedelta: 0 or -1 */
        return ks_dt_delta_from_us(us && (us < 0) != (_PyLong_Sign(right) < 0) ? -1 : 0, &ks_dt_delta_type);
    if (by == 0)
        return delta_zero_divisor();
    return ks_dt_delta_from_us(floor_divide(us, by, &rest), &ks_dt_delta_type);
}

static PyObject *
us_true_divide(KsMicros value, KsMicros by)
{
    const KsMicros exact = (KsMicros)1 << 53;
    if (by != 0 && value < exact && value > -exact && by < exact && by > -exact)
        return PyFloat_FromDouble((double)value / (double)by);
    KS_OWNED PyObject *left = int_from_us(value);
    if (left == NULL)
        return NULL;
    KS_OWNED PyObject *right = int_from_us(by);
    return right == NULL ? NULL : PyNumber_TrueDivide(left, right);
}

static PyObject *
delta_over_float(PyObject *self, double number)
{
    KsMicros mantissa, us = ks_dt_delta_us(self);
    int exponent;
    if (float_split(number, &mantissa, &exponent) < 0)
        return NULL;
    if (mantissa == 0) {
        return delta_zero_divisor();
    }
    if (mantissa < 0) {
        mantissa = -mantissa;
        us = -us;
    }
    if (exponent >= 0) {
        if (us == 0 || bit_count(mantissa) + exponent > 124)
            return ks_dt_delta_from_us(0, &ks_dt_delta_type);
        mantissa <<= exponent;
    }
    else if (us != 0) {
        if (bit_count(us) - exponent > 125)
            return delta_too_large();
        us *= (KsMicros)1 << -exponent;
    }
    return ks_dt_delta_from_us(divide_nearest(us, mantissa), &ks_dt_delta_type);
}

static PyObject *
delta_true_divide(PyObject *left, PyObject *right)
{
    KsMicros by;
    if (!DT_IS_DELTA(left))
        Py_RETURN_NOTIMPLEMENTED;
    KsMicros us = ks_dt_delta_us(left);
    if (DT_IS_DELTA(right))
        return us_true_divide(us, ks_dt_delta_us(right));
    if (PyFloat_CheckExact(right))
        return delta_over_float(left, PyFloat_AS_DOUBLE(right));
    if (PyFloat_Check(right))
        return delta_times_ratio(left, right, 1);
    if (!PyLong_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    if (!int_to_us(right, &by))
        return ks_dt_delta_from_us(0, &ks_dt_delta_type);
    if (by == 0) {
        return delta_zero_divisor();
    }
    return ks_dt_delta_from_us(by < 0 ? divide_nearest(-us, -by) : divide_nearest(us, by), &ks_dt_delta_type);
}

static PyObject *
delta_remainder(PyObject *left, PyObject *right)
{
    KsMicros rest;
    if (!DT_IS_DELTA(left) || !DT_IS_DELTA(right))
        Py_RETURN_NOTIMPLEMENTED;
    if (!delta_bool(right)) {
        PyErr_SetString(PyExc_ZeroDivisionError, "integer modulo by zero");
        return NULL;
    }
    floor_divide(ks_dt_delta_us(left), ks_dt_delta_us(right), &rest);
    return ks_dt_delta_from_us(rest, &ks_dt_delta_type);
}

static PyObject *
delta_divmod(PyObject *left, PyObject *right)
{
    KsMicros rest;
    if (!DT_IS_DELTA(left) || !DT_IS_DELTA(right))
        Py_RETURN_NOTIMPLEMENTED;
    if (!delta_bool(right))
        return delta_zero_divisor();
    KS_OWNED PyObject *quotient = int_from_us(floor_divide(ks_dt_delta_us(left), ks_dt_delta_us(right), &rest));
    if (quotient == NULL)
        return NULL;
    KS_OWNED PyObject *remainder = ks_dt_delta_from_us(rest, &ks_dt_delta_type);
    return remainder == NULL ? NULL : PyTuple_Pack(2, quotient, remainder);
}

static PyObject *
delta_richcompare(PyObject *self, PyObject *other, int op)
{
    if (!DT_IS_DELTA(other))
        Py_RETURN_NOTIMPLEMENTED;
    KsMicros left = ks_dt_delta_us(self), right = ks_dt_delta_us(other);
    Py_RETURN_RICHCOMPARE(left, right, op);
}

static PyObject *
delta_state(PyObject *self)
{
    return Py_BuildValue("(iii)", DELTA(self)->days, DELTA(self)->seconds, DELTA(self)->microseconds);
}

static Py_hash_t
delta_hash(PyObject *self)
{
    if (DELTA(self)->hashcode == -1) {
        KS_OWNED PyObject *state = delta_state(self);
        if (state == NULL)
            return -1;
        DELTA(self)->hashcode = PyObject_Hash(state);
    }
    return DELTA(self)->hashcode;
}

/* ---- making one ---------------------------------------------------------------------------- */

/* Adds component * unit to *sum; what is below a microsecond goes to *leftover. */
static int
delta_accumulate(const char *name, PyObject *component, KsMicros unit, KsMicros *sum, double *leftover)
{
    KsMicros whole;
    if (PyLong_Check(component)) {
        if (!int_to_us(component, &whole) || __builtin_mul_overflow(whole, unit, &whole) ||
            __builtin_add_overflow(*sum, whole, sum)) {
            if (!PyErr_Occurred())
                delta_too_large();
            return -1;
        }
        return 0;
    }
    if (!PyFloat_Check(component)) {
        PyErr_Format(PyExc_TypeError, "unsupported type for timedelta %s component: %s", name,
                     Py_TYPE(component)->tp_name);
        return -1;
    }
    double integral, fraction = modf(PyFloat_AS_DOUBLE(component), &integral);
    KS_OWNED PyObject *number = PyLong_FromDouble(integral);
    if (number == NULL || delta_accumulate(name, number, unit, sum, leftover) < 0)
        return -1;
    if (fraction != 0.0) {
        fraction = modf((double)unit * fraction, &integral);
        *leftover += fraction;
        *sum += (KsMicros)integral;
    }
    return 0;
}

static PyObject *
delta_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"days", "seconds", "microseconds", "milliseconds",
                            "minutes", "hours", "weeks", NULL};
    static const long long units[] = {86400000000LL, 1000000, 1, 1000, 60000000, 3600000000LL, 604800000000LL};
    static const char order[] = {2, 3, 1, 4, 5, 0, 6};
    PyObject *parts[7] = {NULL};
    if (kwargs == NULL && PyTuple_GET_SIZE(args) <= 7) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++)
            parts[i] = PyTuple_GET_ITEM(args, i);
    }
    else if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOOOOOO:__new__", names, &parts[0], &parts[1],
                                          &parts[2], &parts[3], &parts[4], &parts[5], &parts[6]))
        return NULL;
    KsMicros sum = 0;
    double leftover = 0.0;
    for (int i = 0; i < 7; i++) {
        int at = order[i];
        if (parts[at] != NULL && delta_accumulate(names[at], parts[at], units[at], &sum, &leftover) < 0)
            return NULL;
    }
    if (leftover != 0.0) {
        double whole = round(leftover);
        if (fabs(whole - leftover) == 0.5) {
            int is_odd = (int)(sum & 1); /* halves go to the even total, not to the even leftover */
            whole = 2.0 * round((leftover + is_odd) * 0.5) - is_odd;
        }
        sum += (KsMicros)whole;
    }
    return ks_dt_delta_from_us(sum, type);
}

static PyObject *
delta_repr(PyObject *self)
{
    PyDateTime_Delta *delta = DELTA(self);
    char text[96];
    int length = 0;
    text[0] = '\0';
    if (delta->days)
        length += snprintf(text, sizeof text, "days=%d", delta->days);
    if (delta->seconds)
        length += snprintf(text + length, sizeof text - length, "%sseconds=%d", length ? ", " : "", delta->seconds);
    if (delta->microseconds)
        length += snprintf(text + length, sizeof text - length, "%smicroseconds=%d", length ? ", " : "",
                           delta->microseconds);
    return PyUnicode_FromFormat("%s(%s)", Py_TYPE(self)->tp_name, length ? text : "0");
}

static PyObject *
delta_str(PyObject *self)
{
    PyDateTime_Delta *delta = DELTA(self);
    char days[40] = "", fraction[16] = "";
    if (delta->days)
        snprintf(days, sizeof days, "%d day%s, ", delta->days, delta->days == 1 || delta->days == -1 ? "" : "s");
    if (delta->microseconds)
        snprintf(fraction, sizeof fraction, ".%06d", delta->microseconds);
    return PyUnicode_FromFormat("%s%d:%02d:%02d%s", days, delta->seconds / 3600, delta->seconds / 60 % 60,
                                delta->seconds % 60, fraction);
}

static PyObject *
delta_total_seconds(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return us_true_divide(ks_dt_delta_us(self), 1000000);
}

static PyObject *
delta_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("ON", Py_TYPE(self), delta_state(self));
}

static PyMemberDef delta_members[] = {
    {"days", T_INT, offsetof(PyDateTime_Delta, days), READONLY, PyDoc_STR("Whole days; carries the sign.")},
    {"seconds", T_INT, offsetof(PyDateTime_Delta, seconds), READONLY, PyDoc_STR("Seconds within the day.")},
    {"microseconds", T_INT, offsetof(PyDateTime_Delta, microseconds), READONLY,
     PyDoc_STR("Microseconds within the second.")},
    {NULL},
};

static PyMethodDef delta_methods[] = {
    METHOD_PLAIN("total_seconds", delta_total_seconds, METH_NOARGS, "The whole duration in seconds, as a float."),
    METHOD_PLAIN("__reduce__", delta_reduce, METH_NOARGS, "__reduce__() -> (cls, state)"),
    {NULL},
};

static PyNumberMethods delta_as_number = {
    .nb_add = delta_add,
    .nb_subtract = delta_subtract,
    .nb_multiply = delta_multiply,
    .nb_remainder = delta_remainder,
    .nb_divmod = delta_divmod,
    .nb_negative = delta_negative,
    .nb_positive = delta_positive,
    .nb_absolute = delta_absolute,
    .nb_bool = delta_bool,
    .nb_floor_divide = delta_floor_divide,
    .nb_true_divide = delta_true_divide,
};

PyTypeObject ks_dt_delta_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "datetime.timedelta",
    .tp_basicsize = sizeof(PyDateTime_Delta),
    .tp_repr = delta_repr,
    .tp_as_number = &delta_as_number,
    .tp_hash = delta_hash,
    .tp_str = delta_str,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = PyDoc_STR("A duration: the difference of two dates or datetimes.\n\n"
                        "timedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)"),
    .tp_richcompare = delta_richcompare,
    .tp_methods = delta_methods,
    .tp_members = delta_members,
    .tp_new = delta_new,
};
