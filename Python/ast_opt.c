/* SPDX-License-Identifier: MIT */
/* Folding constants in the tree, before symbols are looked at.
 *
 * A folded node turns into a Constant in place and keeps its position. What would be large, or
 * raises, is left to run time; strings are not formatted unless the format is trivial, because
 * the type of error depends on the values. The tree's rules (what is a docstring) must not change
 * by folding. */
#include "ks_compile.h"

typedef struct Folder {
    KsArena *arena;
    int optimize, features;
    int depth, depth_limit;
} Folder;

/* Largest results, in bits, characters, items and items counted through all levels. */
enum { MAX_INT_BITS = 128, MAX_STRING = 4096, MAX_ITEMS = 256, MAX_TOTAL_ITEMS = 1024 };

#define DO(step)      \
    do {              \
        if (!(step))  \
            return 0; \
    } while (0)

static int fold_expr(Folder *f, KsExpr *e);
static int fold_stmt(Folder *f, KsStmt *s);

static int
enter_level(Folder *f)
{
    if (++f->depth > f->depth_limit) {
        f->depth--;
        PyErr_SetString(PyExc_RecursionError,
                        "maximum recursion depth exceeded during compilation");
        return 0;
    }
    return 1;
}

/* Turns e into value, which is taken over; a NULL value with an exception leaves e as it is. */
static int
become_constant(Folder *f, KsExpr *e, KS_STEALS PyObject *value)
{
    if (value == NULL) {
        if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt))
            return 0;
        PyErr_Clear();
        return 1;
    }
    if (ks_arena_own(f->arena, value) < 0)
        return 0;
    e->kind = KS_Constant;
    e->v.Constant.value = value;
    e->v.Constant.kind = NULL;
    return 1;
}

/* ---- arithmetic with limits; NULL without an exception means: leave it ---- */

/* Subtracts the items of tuples, at all levels, from left; negative when there are too many. */
static Py_ssize_t
count_items(PyObject *value, Py_ssize_t left)
{
    if (PyTuple_Check(value)) {
        left -= PyTuple_GET_SIZE(value);
        for (Py_ssize_t i = 0; left >= 0 && i < PyTuple_GET_SIZE(value); i++)
            left = count_items(PyTuple_GET_ITEM(value, i), left);
    }
    return left;
}

static int
is_nonzero_int(PyObject *value)
{
    return PyLong_Check(value) && Py_SIZE(value) != 0;
}

static int
is_repeatable(PyObject *value)
{
    return PyTuple_Check(value) || PyUnicode_Check(value) || PyBytes_Check(value)
           || PyFrozenSet_Check(value);
}

static PyObject *
multiply(PyObject *a, PyObject *b)
{
    if (is_nonzero_int(a) && is_nonzero_int(b)) {
        size_t bits = _PyLong_NumBits(a), more = _PyLong_NumBits(b);
        if (bits == (size_t)-1 || more == (size_t)-1 || bits + more > MAX_INT_BITS)
            return NULL;
    }
    else if (PyLong_Check(b) && is_repeatable(a))
        return multiply(b, a);
    else if (PyLong_Check(a) && is_repeatable(b)) {
        int items = PyTuple_Check(b) || PyFrozenSet_Check(b);
        Py_ssize_t size = PyTuple_Check(b)     ? PyTuple_GET_SIZE(b)
                          : PyUnicode_Check(b) ? PyUnicode_GET_LENGTH(b)
                          : PyBytes_Check(b)   ? PyBytes_GET_SIZE(b)
                                               : PySet_GET_SIZE(b);
        if (size > 0) {
            long count = PyLong_AsLong(a);
            if (count < 0 || count > (items ? MAX_ITEMS : MAX_STRING) / size)
                return NULL;
            if (items && count != 0 && count_items(b, MAX_TOTAL_ITEMS / count) < 0)
                return NULL;
        }
    }
    return PyNumber_Multiply(a, b);
}

static PyObject *
power(PyObject *a, PyObject *b)
{
    if (is_nonzero_int(a) && PyLong_Check(b) && Py_SIZE(b) > 0) {
        size_t bits = _PyLong_NumBits(a), exponent = PyLong_AsSize_t(b);
        if (bits == (size_t)-1 || exponent == (size_t)-1 || bits > MAX_INT_BITS / exponent)
            return NULL;
    }
    return PyNumber_Power(a, b, Py_None);
}

static PyObject *
shift_left(PyObject *a, PyObject *b)
{
    if (is_nonzero_int(a) && is_nonzero_int(b)) {
        size_t bits = _PyLong_NumBits(a), places = PyLong_AsSize_t(b);
        if (bits == (size_t)-1 || places == (size_t)-1 || places > MAX_INT_BITS
            || bits > MAX_INT_BITS - places)
            return NULL;
    }
    return PyNumber_Lshift(a, b);
}

static PyObject *
remainder_of(PyObject *a, PyObject *b)
{
    return PyUnicode_Check(a) || PyBytes_Check(a) ? NULL : PyNumber_Remainder(a, b);
}

static PyObject *
compute(KsOperator op, PyObject *a, PyObject *b)
{
    switch (op) {
        case KS_Add:
            return PyNumber_Add(a, b);
        case KS_Sub:
            return PyNumber_Subtract(a, b);
        case KS_Mult:
            return multiply(a, b);
        case KS_Div:
            return PyNumber_TrueDivide(a, b);
        case KS_FloorDiv:
            return PyNumber_FloorDivide(a, b);
        case KS_Mod:
            return remainder_of(a, b);
        case KS_Pow:
            return power(a, b);
        case KS_LShift:
            return shift_left(a, b);
        case KS_RShift:
            return PyNumber_Rshift(a, b);
        case KS_BitOr:
            return PyNumber_Or(a, b);
        case KS_BitXor:
            return PyNumber_Xor(a, b);
        case KS_BitAnd:
            return PyNumber_And(a, b);
        default:
            return NULL;
    }
}

/* ---- "..." % (a, b) as an f-string ---- */

typedef struct Format {
    PyObject *text;
    Py_ssize_t at, length;
} Format;

#define NO_NUMBER -1
#define BAD_NUMBER -2

/* At most two digits. */
static int
read_number(Format *in)
{
    int value = NO_NUMBER;
    for (int digits = 0; in->at < in->length; in->at++) {
        Py_UCS4 ch = PyUnicode_READ_CHAR(in->text, in->at);
        if (ch < '0' || ch > '9')
            break;
        if (++digits > 2)
            return BAD_NUMBER;
        value = (value < 0 ? 0 : value) * 10 + (int)(ch - '0');
    }
    return value;
}

/* One conversion behind its %; writes the format specification. The conversion's letter, or 0 if
 * it is none of the simple ones. */
static int
read_conversion(Format *in, char *spec)
{
    int left = 0, width, precision = NO_NUMBER;
    for (; in->at < in->length; in->at++) {
        Py_UCS4 ch = PyUnicode_READ_CHAR(in->text, in->at);
        if (ch == '-')
            left = 1;
        else if (ch != '+' && ch != ' ' && ch != '#' && ch != '0')
            break;
    }
    if ((width = read_number(in)) == BAD_NUMBER)
        return 0;
    if (in->at < in->length && PyUnicode_READ_CHAR(in->text, in->at) == '.') {
        in->at++;
        if ((precision = read_number(in)) == BAD_NUMBER)
            return 0;
        if (precision == NO_NUMBER)
            precision = 0;
    }
    if (in->at >= in->length)
        return 0;
    Py_UCS4 letter = PyUnicode_READ_CHAR(in->text, in->at++);
    if (letter != 's' && letter != 'r' && letter != 'a')
        return 0;
    *spec = '\0';
    if (width > 0 && !left)
        *spec++ = '>';
    if (width >= 0)
        spec += sprintf(spec, "%d", width);
    if (precision >= 0)
        sprintf(spec, ".%d", precision);
    return (int)letter;
}

static KsExpr *
new_constant(Folder *f, KS_STEALS PyObject *value, KsPos pos)
{
    if (value == NULL || ks_arena_own(f->arena, value) < 0)
        return NULL;
    return ks_node(f->arena, KsExpr, Constant, pos, .value = value);
}

/* The text up to the next conversion; %% stands for one %. *expr is NULL when it is empty. Literals
 * have no position of their own. */
static int
read_literal(Folder *f, Format *in, KsPos pos, KsExpr **expr)
{
    Py_ssize_t start = in->at;
    int doubled = 0;
    *expr = NULL;
    for (; in->at < in->length; in->at++) {
        if (PyUnicode_READ_CHAR(in->text, in->at) != '%')
            continue;
        if (in->at + 1 >= in->length || PyUnicode_READ_CHAR(in->text, in->at + 1) != '%')
            break;
        doubled = 1;
        in->at++;
    }
    if (in->at == start)
        return 1;
    PyObject *text = PyUnicode_Substring(in->text, start, in->at);
    if (text != NULL && doubled) {
        KS_OWNED PyObject *two = PyUnicode_FromString("%%");
        KS_OWNED PyObject *one = PyUnicode_FromString("%");
        Py_SETREF(text, two == NULL || one == NULL ? NULL : PyUnicode_Replace(text, two, one, -1));
    }
    *expr = new_constant(f, text, pos);
    return *expr != NULL;
}

/* -1 exception, 0 not simple, 1 done. */
static int
format_to_joined(Folder *f, KsExpr *e, PyObject *text, KsExprSeq *elts)
{
    Py_ssize_t count = KS_LEN(elts), used = 0, taken = 0;
    if (PyUnicode_READY(text) < 0)
        return -1;
    Format in = {text, 0, PyUnicode_GET_LENGTH(text)};
    KsExprSeq *values = ks_seq_new(f->arena, KsExprSeq, count * 2 + 1);
    if (values == NULL)
        return -1;
    for (;;) {
        KsExpr *literal;
        if (!read_literal(f, &in, (KsPos){-1, -1, -1, -1}, &literal))
            return -1;
        if (literal != NULL)
            values->items[used++] = literal;
        if (in.at >= in.length)
            break;
        if (taken >= count)
            return 0;
        in.at++;
        char spec[16];
        int conversion = read_conversion(&in, spec);
        if (conversion == 0)
            return 0;
        KsExpr *arg = elts->items[taken++], *format_spec = NULL;
        if (*spec != '\0'
            && (format_spec = new_constant(f, PyUnicode_FromString(spec), KS_POS(arg))) == NULL)
            return -1;
        KsExpr *value = ks_node(f->arena, KsExpr, FormattedValue, KS_POS(arg), .value = arg,
                                .conversion = conversion, .format_spec = format_spec);
        if (value == NULL)
            return -1;
        values->items[used++] = value;
    }
    if (taken < count)
        return 0;
    values->count = used;
    e->kind = KS_JoinedStr;
    e->v.JoinedStr.values = values;
    return 1;
}

static int
has_starred(KsExprSeq *elts)
{
    for (Py_ssize_t i = 0, n = KS_LEN(elts); i < n; i++) {
        if (elts->items[i]->kind == KS_Starred)
            return 1;
    }
    return 0;
}

/* ---- operators ---- */

static int
fold_binary(Folder *f, KsExpr *e)
{
    KsExpr *left = e->v.BinOp.left, *right = e->v.BinOp.right;
    if (left->kind != KS_Constant)
        return 1;
    PyObject *value = left->v.Constant.value;
    if (e->v.BinOp.op == KS_Mod && right->kind == KS_Tuple && PyUnicode_Check(value)
        && !has_starred(right->v.Tuple.elts))
        return format_to_joined(f, e, value, right->v.Tuple.elts) >= 0;
    if (right->kind != KS_Constant)
        return 1;
    PyObject *result = compute(e->v.BinOp.op, value, right->v.Constant.value);
    if (result == NULL && !PyErr_Occurred())
        return 1;
    return become_constant(f, e, result);
}

static int
fold_unary(Folder *f, KsExpr *e)
{
    KsExpr *operand = e->v.UnaryOp.operand;
    KsUnaryOp op = e->v.UnaryOp.op;
    if (operand->kind == KS_Constant) {
        PyObject *value = operand->v.Constant.value;
        int truth;
        switch (op) {
            case KS_Invert:
                return become_constant(f, e, PyNumber_Invert(value));
            case KS_UAdd:
                return become_constant(f, e, PyNumber_Positive(value));
            case KS_USub:
                return become_constant(f, e, PyNumber_Negative(value));
            default:
                truth = PyObject_IsTrue(value);
                return become_constant(f, e, truth < 0 ? NULL : PyBool_FromLong(!truth));
        }
    }
    /* not (a is b), not (a in b): the comparison is inverted and the operator dissolves. The node
     * has no room for a comparison's fields, so it stays, without operator. */
    if (operand->kind == KS_UnaryOp && operand->v.UnaryOp.op == KS_NO_UNARY_OP)
        operand = operand->v.UnaryOp.operand;
    if (op != KS_Not || operand->kind != KS_Compare || KS_LEN(operand->v.Compare.ops) != 1)
        return 1;
    int comparison = operand->v.Compare.ops->items[0];
    int inverse = comparison == KS_Is      ? KS_IsNot
                  : comparison == KS_IsNot ? KS_Is
                  : comparison == KS_In    ? KS_NotIn
                  : comparison == KS_NotIn ? KS_In
                                           : 0;
    if (inverse == 0)
        return 1;
    operand->v.Compare.ops->items[0] = inverse;
    e->v.UnaryOp.op = KS_NO_UNARY_OP;
    e->v.UnaryOp.operand = operand;
    return 1;
}

/* A tuple of the values if all are constants, NULL without an exception if not. */
static PyObject *
constant_tuple(KsExprSeq *elts)
{
    Py_ssize_t count = KS_LEN(elts);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (elts->items[i]->kind != KS_Constant)
            return NULL;
    }
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple != NULL && i < count; i++)
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(elts->items[i]->v.Constant.value));
    return tuple;
}

static int
fold_tuple(Folder *f, KsExpr *e)
{
    if (e->v.Tuple.ctx != KS_Load)
        return 1;
    PyObject *tuple = constant_tuple(e->v.Tuple.elts);
    if (tuple == NULL && !PyErr_Occurred())
        return 1;
    return become_constant(f, e, tuple);
}

static int
fold_subscript(Folder *f, KsExpr *e)
{
    KsExpr *value = e->v.Subscript.value, *slice = e->v.Subscript.slice;
    if (e->v.Subscript.ctx != KS_Load || value->kind != KS_Constant || slice->kind != KS_Constant)
        return 1;
    return become_constant(f, e,
                           PyObject_GetItem(value->v.Constant.value, slice->v.Constant.value));
}

/* A display that is only iterated or searched need not be a fresh list or set. */
static int
fold_iterable(Folder *f, KsExpr *e)
{
    if (e->kind == KS_List) {
        KsExprSeq *elts = e->v.List.elts;
        if (has_starred(elts))
            return 1;
        KsExprContext ctx = e->v.List.ctx;
        e->kind = KS_Tuple;
        e->v.Tuple.elts = elts;
        e->v.Tuple.ctx = ctx;
        PyObject *tuple = constant_tuple(elts);
        if (tuple == NULL && !PyErr_Occurred())
            return 1;
        return become_constant(f, e, tuple);
    }
    if (e->kind == KS_Set) {
        PyObject *items = constant_tuple(e->v.Set.elts);
        if (items == NULL)
            return !PyErr_Occurred() || become_constant(f, e, NULL);
        PyObject *set = PyFrozenSet_New(items);
        Py_DECREF(items);
        return become_constant(f, e, set);
    }
    return 1;
}

/* ---- the walk ---- */

static int
fold_exprs(Folder *f, KsExprSeq *exprs)
{
    for (Py_ssize_t i = 0, n = KS_LEN(exprs); i < n; i++) {
        if (exprs->items[i] != NULL)
            DO(fold_expr(f, exprs->items[i]));
    }
    return 1;
}

static int
fold_optional(Folder *f, KsExpr *e)
{
    return e == NULL || fold_expr(f, e);
}

static int
fold_annotation(Folder *f, KsExpr *annotation)
{
    return (f->features & CO_FUTURE_ANNOTATIONS) || fold_optional(f, annotation);
}

static int
fold_args(Folder *f, KsArgSeq *args)
{
    for (Py_ssize_t i = 0, n = KS_LEN(args); i < n; i++)
        DO(fold_annotation(f, args->items[i]->annotation));
    return 1;
}

static int
fold_arguments(Folder *f, KsArguments *a)
{
    return fold_args(f, a->posonlyargs) && fold_args(f, a->args)
           && (a->vararg == NULL || fold_annotation(f, a->vararg->annotation))
           && fold_args(f, a->kwonlyargs) && fold_exprs(f, a->kw_defaults)
           && (a->kwarg == NULL || fold_annotation(f, a->kwarg->annotation))
           && fold_exprs(f, a->defaults);
}

static int
fold_keywords(Folder *f, KsKeywordSeq *keywords)
{
    for (Py_ssize_t i = 0, n = KS_LEN(keywords); i < n; i++)
        DO(fold_expr(f, keywords->items[i]->value));
    return 1;
}

static int
fold_generators(Folder *f, KsComprehensionSeq *generators)
{
    for (Py_ssize_t i = 0, n = KS_LEN(generators); i < n; i++) {
        KsComprehension *g = generators->items[i];
        DO(fold_expr(f, g->target) && fold_expr(f, g->iter) && fold_exprs(f, g->ifs));
        DO(fold_iterable(f, g->iter));
    }
    return 1;
}

static int
fold_compare(Folder *f, KsExpr *e)
{
    DO(fold_expr(f, e->v.Compare.left) && fold_exprs(f, e->v.Compare.comparators));
    Py_ssize_t last = KS_LEN(e->v.Compare.ops) - 1;
    int op = e->v.Compare.ops->items[last];
    return (op != KS_In && op != KS_NotIn)
           || fold_iterable(f, e->v.Compare.comparators->items[last]);
}

static int
fold_name(Folder *f, KsExpr *e)
{
    if (e->v.Name.ctx != KS_Load || e->v.Name.id != KS_INTERN("__debug__"))
        return 1;
    return become_constant(f, e, PyBool_FromLong(f->optimize == 0));
}

static int
fold_expr_inner(Folder *f, KsExpr *e)
{
    switch (e->kind) {
        case KS_BoolOp:
            return fold_exprs(f, e->v.BoolOp.values);
        case KS_BinOp:
            return fold_expr(f, e->v.BinOp.left) && fold_expr(f, e->v.BinOp.right)
                   && fold_binary(f, e);
        case KS_UnaryOp:
            return fold_expr(f, e->v.UnaryOp.operand) && fold_unary(f, e);
        case KS_Lambda:
            return fold_arguments(f, e->v.Lambda.args) && fold_expr(f, e->v.Lambda.body);
        case KS_IfExp:
            return fold_expr(f, e->v.IfExp.test) && fold_expr(f, e->v.IfExp.body)
                   && fold_expr(f, e->v.IfExp.orelse);
        case KS_Dict:
            return fold_exprs(f, e->v.Dict.keys) && fold_exprs(f, e->v.Dict.values);
        case KS_Set:
            return fold_exprs(f, e->v.Set.elts);
        case KS_ListComp:
            return fold_expr(f, e->v.ListComp.elt) && fold_generators(f, e->v.ListComp.generators);
        case KS_SetComp:
            return fold_expr(f, e->v.SetComp.elt) && fold_generators(f, e->v.SetComp.generators);
        case KS_DictComp:
            return fold_expr(f, e->v.DictComp.key) && fold_expr(f, e->v.DictComp.value)
                   && fold_generators(f, e->v.DictComp.generators);
        case KS_GeneratorExp:
            return fold_expr(f, e->v.GeneratorExp.elt)
                   && fold_generators(f, e->v.GeneratorExp.generators);
        case KS_Await:
            return fold_expr(f, e->v.Await.value);
        case KS_Yield:
            return fold_optional(f, e->v.Yield.value);
        case KS_YieldFrom:
            return fold_expr(f, e->v.YieldFrom.value);
        case KS_Compare:
            return fold_compare(f, e);
        case KS_Call:
            return fold_expr(f, e->v.Call.func) && fold_exprs(f, e->v.Call.args)
                   && fold_keywords(f, e->v.Call.keywords);
        case KS_FormattedValue:
            return fold_expr(f, e->v.FormattedValue.value)
                   && fold_optional(f, e->v.FormattedValue.format_spec);
        case KS_JoinedStr:
            return fold_exprs(f, e->v.JoinedStr.values);
        case KS_Attribute:
            return fold_expr(f, e->v.Attribute.value);
        case KS_Subscript:
            return fold_expr(f, e->v.Subscript.value) && fold_expr(f, e->v.Subscript.slice)
                   && fold_subscript(f, e);
        case KS_Starred:
            return fold_expr(f, e->v.Starred.value);
        case KS_Slice:
            return fold_optional(f, e->v.Slice.lower) && fold_optional(f, e->v.Slice.upper)
                   && fold_optional(f, e->v.Slice.step);
        case KS_List:
            return fold_exprs(f, e->v.List.elts);
        case KS_Tuple:
            return fold_exprs(f, e->v.Tuple.elts) && fold_tuple(f, e);
        case KS_NamedExpr:
            return fold_expr(f, e->v.NamedExpr.value);
        case KS_Name:
            return fold_name(f, e);
        default:
            return 1;
    }
}

static int
fold_expr(Folder *f, KsExpr *e)
{
    DO(enter_level(f));
    int ok = fold_expr_inner(f, e);
    f->depth--;
    return ok;
}

/* ---- patterns ---- */

static int fold_pattern(Folder *f, KsPattern *p);

static int
fold_patterns(Folder *f, KsPatternSeq *patterns)
{
    for (Py_ssize_t i = 0, n = KS_LEN(patterns); i < n; i++)
        DO(fold_pattern(f, patterns->items[i]));
    return 1;
}

/* Literals in patterns: numbers with signs and imaginary parts. */
static int
fold_literal(Folder *f, KsExpr *e)
{
    if (e == NULL || (e->kind != KS_UnaryOp && e->kind != KS_BinOp))
        return 1;
    return fold_expr(f, e);
}

static int
fold_pattern_inner(Folder *f, KsPattern *p)
{
    switch (p->kind) {
        case KS_MatchValue:
            return fold_literal(f, p->v.MatchValue.value);
        case KS_MatchSequence:
            return fold_patterns(f, p->v.MatchSequence.patterns);
        case KS_MatchMapping:
            for (Py_ssize_t i = 0, n = KS_LEN(p->v.MatchMapping.keys); i < n; i++)
                DO(fold_literal(f, p->v.MatchMapping.keys->items[i]));
            return fold_patterns(f, p->v.MatchMapping.patterns);
        case KS_MatchClass:
            return fold_expr(f, p->v.MatchClass.cls) && fold_patterns(f, p->v.MatchClass.patterns)
                   && fold_patterns(f, p->v.MatchClass.kwd_patterns);
        case KS_MatchAs:
            return p->v.MatchAs.pattern == NULL || fold_pattern(f, p->v.MatchAs.pattern);
        case KS_MatchOr:
            return fold_patterns(f, p->v.MatchOr.patterns);
        default:
            return 1;
    }
}

static int
fold_pattern(Folder *f, KsPattern *p)
{
    DO(enter_level(f));
    int ok = fold_pattern_inner(f, p);
    f->depth--;
    return ok;
}

/* ---- statements ---- */

static int
fold_stmts(Folder *f, KsStmtSeq *body)
{
    for (Py_ssize_t i = 0, n = KS_LEN(body); i < n; i++)
        DO(fold_stmt(f, body->items[i]));
    return 1;
}

/* A body whose first statement only folding makes a string has no docstring. */
static int
fold_body(Folder *f, KsStmtSeq *body)
{
    int documented = ks_ast_docstring(body) != NULL;
    DO(fold_stmts(f, body));
    if (documented || ks_ast_docstring(body) == NULL)
        return 1;
    KsStmt *first = body->items[0];
    KsExprSeq *values = ks_seq_new(f->arena, KsExprSeq, 1);
    DO(values != NULL);
    values->items[0] = first->v.Expr.value;
    KsExpr *joined = ks_node(f->arena, KsExpr, JoinedStr, KS_POS(first), .values = values);
    DO(joined != NULL);
    first->v.Expr.value = joined;
    return 1;
}

static int
fold_with_items(Folder *f, KsWithitemSeq *items)
{
    for (Py_ssize_t i = 0, n = KS_LEN(items); i < n; i++)
        DO(fold_expr(f, items->items[i]->context_expr)
           && fold_optional(f, items->items[i]->optional_vars));
    return 1;
}

static int
fold_handlers(Folder *f, KsExceptHandlerSeq *handlers)
{
    for (Py_ssize_t i = 0, n = KS_LEN(handlers); i < n; i++)
        DO(fold_optional(f, handlers->items[i]->v.ExceptHandler.type)
           && fold_stmts(f, handlers->items[i]->v.ExceptHandler.body));
    return 1;
}

static int
fold_cases(Folder *f, KsMatchCaseSeq *cases)
{
    for (Py_ssize_t i = 0, n = KS_LEN(cases); i < n; i++)
        DO(fold_pattern(f, cases->items[i]->pattern) && fold_optional(f, cases->items[i]->guard)
           && fold_stmts(f, cases->items[i]->body));
    return 1;
}

static int
fold_stmt_inner(Folder *f, KsStmt *s)
{
    switch (s->kind) {
        case KS_FunctionDef:
        case KS_AsyncFunctionDef: /* the same fields in the same places */
            return fold_arguments(f, s->v.FunctionDef.args) && fold_body(f, s->v.FunctionDef.body)
                   && fold_exprs(f, s->v.FunctionDef.decorator_list)
                   && fold_annotation(f, s->v.FunctionDef.returns);
        case KS_ClassDef:
            return fold_exprs(f, s->v.ClassDef.bases) && fold_keywords(f, s->v.ClassDef.keywords)
                   && fold_body(f, s->v.ClassDef.body)
                   && fold_exprs(f, s->v.ClassDef.decorator_list);
        case KS_Return:
            return fold_optional(f, s->v.Return.value);
        case KS_Delete:
            return fold_exprs(f, s->v.Delete.targets);
        case KS_Assign:
            return fold_exprs(f, s->v.Assign.targets) && fold_expr(f, s->v.Assign.value);
        case KS_AugAssign:
            return fold_expr(f, s->v.AugAssign.target) && fold_expr(f, s->v.AugAssign.value);
        case KS_AnnAssign:
            return fold_expr(f, s->v.AnnAssign.target)
                   && fold_annotation(f, s->v.AnnAssign.annotation)
                   && fold_optional(f, s->v.AnnAssign.value);
        case KS_For:
        case KS_AsyncFor:
            return fold_expr(f, s->v.For.target) && fold_expr(f, s->v.For.iter)
                   && fold_stmts(f, s->v.For.body) && fold_stmts(f, s->v.For.orelse)
                   && (s->kind == KS_AsyncFor || fold_iterable(f, s->v.For.iter));
        case KS_While:
            return fold_expr(f, s->v.While.test) && fold_stmts(f, s->v.While.body)
                   && fold_stmts(f, s->v.While.orelse);
        case KS_If:
            return fold_expr(f, s->v.If.test) && fold_stmts(f, s->v.If.body)
                   && fold_stmts(f, s->v.If.orelse);
        case KS_With:
        case KS_AsyncWith:
            return fold_with_items(f, s->v.With.items) && fold_stmts(f, s->v.With.body);
        case KS_Raise:
            return fold_optional(f, s->v.Raise.exc) && fold_optional(f, s->v.Raise.cause);
        case KS_Try:
        case KS_TryStar:
            return fold_stmts(f, s->v.Try.body) && fold_handlers(f, s->v.Try.handlers)
                   && fold_stmts(f, s->v.Try.orelse) && fold_stmts(f, s->v.Try.finalbody);
        case KS_Assert:
            return fold_expr(f, s->v.Assert.test) && fold_optional(f, s->v.Assert.msg);
        case KS_Expr:
            return fold_expr(f, s->v.Expr.value);
        case KS_Match:
            return fold_expr(f, s->v.Match.subject) && fold_cases(f, s->v.Match.cases);
        default:
            return 1;
    }
}

static int
fold_stmt(Folder *f, KsStmt *s)
{
    DO(enter_level(f));
    int ok = fold_stmt_inner(f, s);
    f->depth--;
    return ok;
}

int
ks_ast_optimize(KsMod *mod, KsArena *arena, int optimize, int features)
{
    Folder f = {.arena = arena, .optimize = optimize, .features = features};
    ks_recursion_start(&f.depth, &f.depth_limit);
    switch (mod->kind) {
        case KS_Module:
            return fold_body(&f, mod->v.Module.body);
        case KS_Interactive:
            return fold_stmts(&f, mod->v.Interactive.body);
        case KS_Expression:
            return fold_expr(&f, mod->v.Expression.body);
        default:
            return 1;
    }
}
