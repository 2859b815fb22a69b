/* SPDX-License-Identifier: MIT */
/* math: sums, products and lengths: fsum, prod, hypot, dist. */
#include "Python.h"
#include "math_parts.h"

#include <float.h>

/* --- fsum: exact ------------------------------------------------------------------------------- */

/* Partial sums that do not overlap, smallest first; their exact sum is the sum so far
 * ("Adaptive Precision Floating-Point Arithmetic", 1997). Infinities and NaNs are counted apart. */
typedef struct Partials {
    double *part;
    Py_ssize_t count;
    Py_ssize_t room;
    double special; /* sum of the infinities and NaNs */
    double infinite; /* sum of the infinities alone */
    double inside[32];
} Partials;

static int
partials_grow(Partials *sums)
{
    size_t room = (size_t)sums->room * 2;
    double *larger = PyMem_New(double, room);
    if (larger == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(larger, sums->part, (size_t)sums->count * sizeof(double));
    if (sums->part != sums->inside)
        PyMem_Free(sums->part);
    sums->part = larger;
    sums->room = (Py_ssize_t)room;
    return 0;
}

static int
partials_add(Partials *sums, double x)
{
    double given = x;
    Py_ssize_t kept = 0;
    for (Py_ssize_t i = 0; i < sums->count; i++) {
        double y = sums->part[i];
        if (fabs(x) < fabs(y)) {
            double other = x;
            x = y;
            y = other;
        }
        volatile double high = x + y, moved = high - x;
        double low = y - moved;
        if (low != 0.0)
            sums->part[kept++] = low;
        x = high;
    }
    sums->count = kept;
    if (x == 0.0)
        return 0;
    if (!isfinite(x)) {
        if (isfinite(given)) {
            PyErr_SetString(PyExc_OverflowError, "intermediate overflow in fsum");
            return -1;
        }
        if (isinf(given))
            sums->infinite += given;
        sums->special += given;
        sums->count = 0;
        return 0;
    }
    if (kept >= sums->room && partials_grow(sums) < 0)
        return -1;
    sums->part[sums->count++] = x;
    return 0;
}

/* The exact sum, rounded once. */
static double
partials_total(const Partials *sums)
{
    Py_ssize_t n = sums->count;
    if (n == 0)
        return 0.0;
    double high = sums->part[--n], low = 0.0;
    while (n > 0) {
        double x = high, y = sums->part[--n];
        volatile double sum = x + y, moved = sum - x;
        high = sum;
        low = y - moved;
        if (low != 0.0)
            break;
    }
    /* A tie was rounded to even: parts below decide it if they point the same way. */
    if (n > 0 && ((low < 0.0 && sums->part[n - 1] < 0.0) ||
                  (low > 0.0 && sums->part[n - 1] > 0.0))) {
        double twice = low * 2.0;
        volatile double next = high + twice, moved = next - high;
        if (twice == moved)
            high = next;
    }
    return high;
}

PyObject *
math_fsum(PyObject *Py_UNUSED(module), PyObject *iterable)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(iterable);
    PyObject *result = NULL;
    Partials sums = {.room = KS_COUNT_OF(sums.inside)};
    if (iterator == NULL)
        return NULL;
    sums.part = sums.inside;
    for (;;) {
        KS_OWNED PyObject *item = PyIter_Next(iterator);
        if (item == NULL)
            break;
        double x = PyFloat_AsDouble(item);
        if ((x == -1.0 && PyErr_Occurred()) || partials_add(&sums, x) < 0)
            goto done;
    }
    if (PyErr_Occurred())
        goto done;
    if (sums.special == 0.0)
        result = PyFloat_FromDouble(partials_total(&sums));
    else if (isnan(sums.infinite))
        PyErr_SetString(PyExc_ValueError, "-inf + inf in fsum");
    else
        result = PyFloat_FromDouble(sums.special);
done:
    if (sums.part != sums.inside)
        PyMem_Free(sums.part);
    return result;
}

/* --- Lengths ------------------------------------------------------------------------------------- */

/* The length of a vector; largest is the largest of its magnitudes. Scaled by a power of two, the
 * squares are summed in twice the precision, and the root is corrected by its exact residue. */
static double
vector_length(double *vector, Py_ssize_t count, double largest, int has_nan)
{
    if (isinf(largest))
        return largest;
    if (has_nan)
        return Py_NAN;
    if (largest == 0.0 || count <= 1)
        return largest;
    int exponent;
    (void)frexp(largest, &exponent);
    if (exponent < -1023) { /* subnormal: make the scale representable first */
        for (Py_ssize_t i = 0; i < count; i++)
            vector[i] /= DBL_MIN;
        return DBL_MIN * vector_length(vector, count, largest / DBL_MIN, has_nan);
    }
    double scale = ldexp(1.0, -exponent), high = 1.0, low1 = 0.0, low2 = 0.0;
    for (Py_ssize_t i = 0; i < count; i++) {
        double x = vector[i] * scale, square = x * x, rest = fma(x, x, -square);
        double sum = high + square; /* high stays the larger: it starts above every square */
        low1 += square - (sum - high);
        low2 += rest;
        high = sum;
    }
    double root = sqrt(high - 1.0 + (low1 + low2));
    double square = root * root, rest = fma(root, root, -square);
    root += ((high - 1.0) - square + (low1 + low2 - rest)) / (2.0 * root); /* differences exact */
    return root / scale;
}

enum { SHORT_VECTOR = 20 };

PyObject *
math_hypot(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    double inside[SHORT_VECTOR], *vector = inside, largest = 0.0;
    int has_nan = 0;
    PyObject *result = NULL;
    if (nargs > SHORT_VECTOR && (vector = PyMem_New(double, nargs)) == NULL)
        return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < nargs; i++) {
        double x = PyFloat_AsDouble(args[i]);
        if (x == -1.0 && PyErr_Occurred())
            goto done;
        vector[i] = fabs(x);
        has_nan |= isnan(x);
        if (vector[i] > largest)
            largest = vector[i];
    }
    result = PyFloat_FromDouble(vector_length(vector, nargs, largest, has_nan));
done:
    if (vector != inside)
        PyMem_Free(vector);
    return result;
}

PyObject *
math_dist(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    double inside[SHORT_VECTOR], *vector = inside, largest = 0.0;
    int has_nan = 0;
    PyObject *result = NULL;
    if (!ks_args_count("dist", nargs, 2, 2))
        return NULL;
    KS_OWNED PyObject *p = PySequence_Tuple(args[0]);
    if (p == NULL)
        return NULL;
    KS_OWNED PyObject *q = PySequence_Tuple(args[1]);
    if (q == NULL)
        return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(p);
    if (count != PyTuple_GET_SIZE(q)) {
        PyErr_SetString(PyExc_ValueError, "both points must have the same number of dimensions");
        return NULL;
    }
    if (count > SHORT_VECTOR && (vector = PyMem_New(double, count)) == NULL)
        return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < count; i++) {
        double x = PyFloat_AsDouble(PyTuple_GET_ITEM(p, i)), y;
        if (x == -1.0 && PyErr_Occurred())
            goto done;
        y = PyFloat_AsDouble(PyTuple_GET_ITEM(q, i));
        if (y == -1.0 && PyErr_Occurred())
            goto done;
        vector[i] = fabs(x - y);
        has_nan |= isnan(vector[i]);
        if (vector[i] > largest)
            largest = vector[i];
    }
    result = PyFloat_FromDouble(vector_length(vector, count, largest, has_nan));
done:
    if (vector != inside)
        PyMem_Free(vector);
    return result;
}

/* --- prod ---------------------------------------------------------------------------------------- */

typedef struct ProdArgs {
    PyObject *iterable;
    PyObject *start;
} ProdArgs;

static const KsParam prod_params[] = {
    PARAM_POS(ProdArgs, iterable, ARG_OBJECT, 1),
    PARAM_KWONLY(ProdArgs, start, ARG_OBJECT, 0),
    PARAM_END,
};

/* Multiplies floats (and small ints after the first float) without objects for the product. The
 * product so far in *result; 1 at the end, 0 with an item left over in *item, -1. */
static int
prod_floats(PyObject *iterator, PyObject **result, PyObject **item)
{
    double product = PyFloat_AS_DOUBLE(*result);
    int status = 1;
    while ((*item = PyIter_Next(iterator)) != NULL) {
        if (PyFloat_CheckExact(*item)) {
            product *= PyFloat_AS_DOUBLE(*item);
        }
        else if (PyLong_CheckExact(*item)) {
            int overflow;
            long value = PyLong_AsLongAndOverflow(*item, &overflow);
            if (overflow) {
                status = 0;
                break;
            }
            product *= (double)value;
        }
        else {
            status = 0;
            break;
        }
        Py_CLEAR(*item);
    }
    if (status == 1 && PyErr_Occurred())
        return -1;
    Py_SETREF(*result, PyFloat_FromDouble(product));
    if (*result == NULL) {
        Py_CLEAR(*item);
        return -1;
    }
    return status;
}

PyObject *
math_prod(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    ProdArgs given = {NULL, NULL};
    if (!ks_args_parse("prod", prod_params, args, nargs, kwnames, &given))
        return NULL;
    KS_OWNED PyObject *iterator = PyObject_GetIter(given.iterable);
    if (iterator == NULL)
        return NULL;
    KS_OWNED PyObject *result = given.start ? Py_NewRef(given.start) : PyLong_FromLong(1);
    while (result != NULL) {
        PyObject *item = NULL;
        if (PyFloat_CheckExact(result)) {
            int status = prod_floats(iterator, &result, &item);
            if (status < 0)
                return NULL;
            if (status > 0)
                break;
        }
        else if ((item = PyIter_Next(iterator)) == NULL) {
            break;
        }
        Py_SETREF(result, PyNumber_Multiply(result, item));
        Py_DECREF(item);
    }
    return PyErr_Occurred() ? NULL : ks_give(&result);
}
