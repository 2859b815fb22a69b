/* SPDX-License-Identifier: MIT */
/* math: functions of whole numbers.
 *
 * Includes ks_int.h, an internal header, for GMP's limbs: factorials, binomials and roots of
 * large numbers are many times faster there than by int's operators. */
#include "Python.h"
#include "math_parts.h"
#include "ks_int.h"

static PyObject *
int_of_mpz(mpz_t number)
{
    return (PyObject *)ks_int_from_limbs(mpz_limbs_read(number), (Py_ssize_t)mpz_size(number),
                                         mpz_sgn(number) < 0);
}

/* --- gcd, lcm ------------------------------------------------------------------------------------ */

PyObject *
math_gcd(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    KS_OWNED PyObject *result = nargs ? PyNumber_Index(args[0]) : PyLong_FromLong(0);
    if (result == NULL)
        return NULL;
    if (nargs <= 1)
        return nargs ? PyNumber_Absolute(result) : ks_give(&result);
    for (Py_ssize_t i = 1; i < nargs; i++) {
        KS_OWNED PyObject *next = PyNumber_Index(args[i]);
        if (next == NULL)
            return NULL;
        if (result == _PyLong_GetOne()) /* stays 1, but later arguments are still checked */
            continue;
        Py_SETREF(result, _PyLong_GCD(result, next));
        if (result == NULL)
            return NULL;
    }
    return ks_give(&result);
}

static PyObject *
lcm_of_two(PyObject *left, PyObject *right)
{
    if (Py_SIZE(left) == 0 || Py_SIZE(right) == 0)
        return PyLong_FromLong(0);
    KS_OWNED PyObject *common = _PyLong_GCD(left, right);
    if (common == NULL)
        return NULL;
    KS_OWNED PyObject *part = PyNumber_FloorDivide(left, common);
    if (part == NULL)
        return NULL;
    KS_OWNED PyObject *product = PyNumber_Multiply(part, right);
    return product == NULL ? NULL : PyNumber_Absolute(product);
}

PyObject *
math_lcm(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    KS_OWNED PyObject *result = nargs ? PyNumber_Index(args[0]) : PyLong_FromLong(1);
    if (result == NULL)
        return NULL;
    if (nargs <= 1)
        return nargs ? PyNumber_Absolute(result) : ks_give(&result);
    for (Py_ssize_t i = 1; i < nargs; i++) {
        KS_OWNED PyObject *next = PyNumber_Index(args[i]);
        if (next == NULL)
            return NULL;
        if (Py_SIZE(result) == 0)
            continue;
        Py_SETREF(result, lcm_of_two(result, next));
        if (result == NULL)
            return NULL;
    }
    return ks_give(&result);
}

/* --- factorial, perm, comb -------------------------------------------------------------------------- */

static PyObject *
factorial_of(unsigned long n)
{
    if (n <= 20) {
        uint64_t product = 1;
        for (unsigned long i = 2; i <= n; i++)
            product *= i;
        return PyLong_FromUnsignedLongLong(product);
    }
    if (n > (unsigned long)1 << 31) /* more digits than memory */
        return PyErr_NoMemory();
    mpz_t product;
    mpz_init(product);
    mpz_fac_ui(product, n);
    PyObject *result = int_of_mpz(product);
    mpz_clear(product);
    return result;
}

PyObject *
math_factorial(PyObject *Py_UNUSED(module), PyObject *object)
{
    int overflow;
    long n = PyLong_AsLongAndOverflow(object, &overflow);
    if (n == -1 && !overflow && PyErr_Occurred())
        return NULL;
    if (overflow > 0) {
        PyErr_Format(PyExc_OverflowError, "factorial() argument should not exceed %ld", LONG_MAX);
        return NULL;
    }
    if (n < 0 || overflow < 0) {
        PyErr_SetString(PyExc_ValueError, "factorial() not defined for negative values");
        return NULL;
    }
    return factorial_of((unsigned long)n);
}

/* n * (n - 1) * ... of `count` factors, by halves so that operands stay of like size. */
static PyObject *
falling_product(PyObject *n, unsigned long skip, unsigned long count)
{
    if (count == 1) {
        KS_OWNED PyObject *offset = PyLong_FromUnsignedLong(skip);
        return offset == NULL ? NULL : PyNumber_Subtract(n, offset);
    }
    KS_OWNED PyObject *upper = falling_product(n, skip, count / 2);
    if (upper == NULL)
        return NULL;
    KS_OWNED PyObject *lower = falling_product(n, skip + count / 2, count - count / 2);
    return lower == NULL ? NULL : PyNumber_Multiply(upper, lower);
}

static int
check_pair(PyObject *n, PyObject *k)
{
    if (Py_SIZE(n) < 0) {
        PyErr_SetString(PyExc_ValueError, "n must be a non-negative integer");
        return -1;
    }
    if (Py_SIZE(k) < 0) {
        PyErr_SetString(PyExc_ValueError, "k must be a non-negative integer");
        return -1;
    }
    return 0;
}

PyObject *
math_perm(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("perm", nargs, 1, 2))
        return NULL;
    if (nargs == 1 || args[1] == Py_None)
        return math_factorial(module, args[0]);
    KS_OWNED PyObject *n = PyNumber_Index(args[0]);
    if (n == NULL)
        return NULL;
    KS_OWNED PyObject *k = PyNumber_Index(args[1]);
    if (k == NULL || check_pair(n, k) < 0)
        return NULL;
    int less = PyObject_RichCompareBool(n, k, Py_LT), overflow;
    if (less)
        return less < 0 ? NULL : PyLong_FromLong(0);
    long factors = PyLong_AsLongAndOverflow(k, &overflow);
    if (overflow) {
        PyErr_Format(PyExc_OverflowError, "k must not exceed %ld", LONG_MAX);
        return NULL;
    }
    if (factors == 0)
        return PyLong_FromLong(1);
    return falling_product(n, 0, (unsigned long)factors);
}

/* The binomial coefficient for k <= n - k. */
static PyObject *
binomial(PyObject *n, unsigned long k)
{
    mpz_t number, result;
    KsLimbs limbs;
    if (k == 0)
        return PyLong_FromLong(1);
    if (k == 1)
        return PyNumber_Index(n);
    if (ks_limbs_from_int(&limbs, (PyLongObject *)n, 0) < 0)
        return NULL;
    mpz_init(result);
    if (limbs.count == 1)
        mpz_bin_uiui(result, limbs.limb[0], k);
    else
        mpz_bin_ui(result, mpz_roinit_n(number, limbs.limb, limbs.count), k);
    PyObject *value = int_of_mpz(result);
    mpz_clear(result);
    ks_limbs_close(&limbs);
    return value;
}

PyObject *
math_comb(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("comb", nargs, 2, 2))
        return NULL;
    KS_OWNED PyObject *n = PyNumber_Index(args[0]);
    if (n == NULL)
        return NULL;
    KS_OWNED PyObject *k = PyNumber_Index(args[1]);
    if (k == NULL || check_pair(n, k) < 0)
        return NULL;
    KS_OWNED PyObject *rest = PyNumber_Subtract(n, k);
    if (rest == NULL)
        return NULL;
    if (Py_SIZE(rest) < 0)
        return PyLong_FromLong(0);
    int swap = PyObject_RichCompareBool(rest, k, Py_LT), overflow;
    if (swap < 0)
        return NULL;
    long chosen = PyLong_AsLongAndOverflow(swap ? rest : k, &overflow);
    if (overflow) {
        PyErr_Format(PyExc_OverflowError, "min(n - k, k) must not exceed %lld", LLONG_MAX);
        return NULL;
    }
    return binomial(n, (unsigned long)chosen);
}

/* --- isqrt ----------------------------------------------------------------------------------------------- */

/* Exact for all 64-bit values: the floating-point root is off by one at most. */
static uint64_t
root_of_u64(uint64_t n)
{
    uint64_t root = (uint64_t)sqrt((double)n);
    if (root > UINT32_MAX)
        root = UINT32_MAX;
    while (root * root > n)
        root--;
    while (root < UINT32_MAX && (root + 1) * (root + 1) <= n)
        root++;
    return root;
}

PyObject *
math_isqrt(PyObject *Py_UNUSED(module), PyObject *object)
{
    KS_OWNED PyObject *n = PyNumber_Index(object);
    if (n == NULL)
        return NULL;
    if (Py_SIZE(n) < 0) {
        PyErr_SetString(PyExc_ValueError, "isqrt() argument must be nonnegative");
        return NULL;
    }
    if (_PyLong_NumBits(n) <= 64)
        return PyLong_FromUnsignedLongLong(root_of_u64(PyLong_AsUnsignedLongLong(n)));
    KsLimbs limbs, root;
    PyObject *result = NULL;
    root.limb = root.inside;
    if (ks_limbs_from_int(&limbs, (PyLongObject *)n, 0) == 0 &&
        ks_limbs_open(&root, (limbs.count + 1) / 2) == 0) {
        mpn_sqrtrem(root.limb, NULL, limbs.limb, limbs.count);
        result = (PyObject *)ks_int_from_limbs(root.limb, (limbs.count + 1) / 2, 0);
    }
    ks_limbs_close(&limbs);
    ks_limbs_close(&root);
    return result;
}
