/* SPDX-License-Identifier: MIT */
/* Expressions as source text: what `from __future__ import annotations` keeps of an annotation.
 *
 * Text goes to a _PyUnicodeWriter. Each function gets the precedence its place asks for and puts
 * brackets around what binds less tightly. */
#include "ks_ast.h"

#include "pycore_runtime.h"

typedef _PyUnicodeWriter Out;

/* From loose to tight, as the grammar nests its rules. */
enum {
    PREC_TUPLE, PREC_TEST, PREC_OR, PREC_AND, PREC_NOT, PREC_CMP, PREC_EXPR, PREC_BOR = PREC_EXPR,
    PREC_BXOR, PREC_BAND, PREC_SHIFT, PREC_ARITH, PREC_TERM, PREC_FACTOR, PREC_POWER, PREC_AWAIT,
    PREC_ATOM
};

static int put_expr(Out *out, KsExpr *expr, int prec);

static int
put(Out *out, const char *text)
{
    return _PyUnicodeWriter_WriteASCIIString(out, text, -1) == 0;
}

static int
put_if(Out *out, int condition, const char *text)
{
    return !condition || put(out, text);
}

static int
put_str(Out *out, PyObject *text)
{
    return _PyUnicodeWriter_WriteStr(out, text) == 0;
}

/* repr(value) with infinities as a number too large for a float. */
static int
put_repr(Out *out, PyObject *value)
{
    KS_OWNED PyObject *text = PyObject_Repr(value);
    if (text == NULL)
        return 0;
    if ((PyFloat_CheckExact(value) && isinf(PyFloat_AS_DOUBLE(value))) ||
        PyComplex_CheckExact(value)) {
        Py_SETREF(text, PyUnicode_Replace(text, KS_INTERN("inf"), KS_INTERN("1e309"), -1));
        if (text == NULL)
            return 0;
    }
    return put_str(out, text);
}

static int
put_list(Out *out, KsExprSeq *items, const char *between, int prec)
{
    for (Py_ssize_t i = 0; i < KS_LEN(items); i++) {
        if (!put_if(out, i > 0, between) || !put_expr(out, items->items[i], prec))
            return 0;
    }
    return 1;
}

static int
put_boolop(Out *out, KsExpr *expr, int prec)
{
    int is_and = expr->v.BoolOp.op == KS_And, own = is_and ? PREC_AND : PREC_OR;
    return put_if(out, prec > own, "(") &&
           put_list(out, expr->v.BoolOp.values, is_and ? " and " : " or ", own + 1) &&
           put_if(out, prec > own, ")");
}

static int
put_binop(Out *out, KsExpr *expr, int prec)
{
    static const struct {
        const char *text;
        int prec;
    } operators[] = {
        [KS_Add] = {" + ", PREC_ARITH},     [KS_Sub] = {" - ", PREC_ARITH},
        [KS_Mult] = {" * ", PREC_TERM},     [KS_MatMult] = {" @ ", PREC_TERM},
        [KS_Div] = {" / ", PREC_TERM},      [KS_Mod] = {" % ", PREC_TERM},
        [KS_LShift] = {" << ", PREC_SHIFT}, [KS_RShift] = {" >> ", PREC_SHIFT},
        [KS_BitOr] = {" | ", PREC_BOR},     [KS_BitXor] = {" ^ ", PREC_BXOR},
        [KS_BitAnd] = {" & ", PREC_BAND},   [KS_FloorDiv] = {" // ", PREC_TERM},
        [KS_Pow] = {" ** ", PREC_POWER},
    };
    int own = operators[expr->v.BinOp.op].prec, is_right = expr->v.BinOp.op == KS_Pow;
    return put_if(out, prec > own, "(") && put_expr(out, expr->v.BinOp.left, own + is_right) &&
           put(out, operators[expr->v.BinOp.op].text) &&
           put_expr(out, expr->v.BinOp.right, own + !is_right) && put_if(out, prec > own, ")");
}

static int
put_unaryop(Out *out, KsExpr *expr, int prec)
{
    static const char *const texts[] = {
        [KS_Invert] = "~", [KS_Not] = "not ", [KS_UAdd] = "+", [KS_USub] = "-"};
    int own = expr->v.UnaryOp.op == KS_Not ? PREC_NOT : PREC_FACTOR;
    return put_if(out, prec > own, "(") && put(out, texts[expr->v.UnaryOp.op]) &&
           put_expr(out, expr->v.UnaryOp.operand, own) && put_if(out, prec > own, ")");
}

static int
put_arg(Out *out, KsArg *arg)
{
    return put_str(out, arg->arg) &&
           (arg->annotation == NULL ||
            (put(out, ": ") && put_expr(out, arg->annotation, PREC_TEST)));
}

static int
put_arguments(Out *out, KsArguments *args)
{
    int first = 1;
    Py_ssize_t only = KS_LEN(args->posonlyargs), count = only + KS_LEN(args->args);
    Py_ssize_t defaults = KS_LEN(args->defaults);
#define PUT_COMMA() (put_if(out, !first, ", ") && (first = 0, 1))
    for (Py_ssize_t i = 0; i < count; i++) {
        KsArg *arg = i < only ? args->posonlyargs->items[i] : args->args->items[i - only];
        Py_ssize_t at = i - (count - defaults);
        if (!PUT_COMMA() || !put_arg(out, arg))
            return 0;
        if (at >= 0 && !(put(out, "=") && put_expr(out, args->defaults->items[at], PREC_TEST)))
            return 0;
        if (only && i + 1 == only && !put(out, ", /"))
            return 0;
    }
    if (args->vararg || KS_LEN(args->kwonlyargs)) {
        if (!PUT_COMMA() || !put(out, "*") || (args->vararg && !put_arg(out, args->vararg)))
            return 0;
    }
    for (Py_ssize_t i = 0; i < KS_LEN(args->kwonlyargs); i++) {
        KsExpr *value = i < KS_LEN(args->kw_defaults) ? args->kw_defaults->items[i] : NULL;
        if (!PUT_COMMA() || !put_arg(out, args->kwonlyargs->items[i]) ||
            (value && !(put(out, "=") && put_expr(out, value, PREC_TEST))))
            return 0;
    }
    if (args->kwarg && !(PUT_COMMA() && put(out, "**") && put_arg(out, args->kwarg)))
        return 0;
#undef PUT_COMMA
    return 1;
}

static int
put_lambda(Out *out, KsExpr *expr, int prec)
{
    KsArguments *args = expr->v.Lambda.args;
    /* Stars follow the word without a blank. */
    int has_any = KS_LEN(args->posonlyargs) || KS_LEN(args->args);
    return put_if(out, prec > PREC_TEST, "(") && put(out, has_any ? "lambda " : "lambda") &&
           put_arguments(out, args) && put(out, ": ") &&
           put_expr(out, expr->v.Lambda.body, PREC_TEST) && put_if(out, prec > PREC_TEST, ")");
}

static int
put_ifexp(Out *out, KsExpr *expr, int prec)
{
    return put_if(out, prec > PREC_TEST, "(") &&
           put_expr(out, expr->v.IfExp.body, PREC_TEST + 1) && put(out, " if ") &&
           put_expr(out, expr->v.IfExp.test, PREC_TEST + 1) && put(out, " else ") &&
           put_expr(out, expr->v.IfExp.orelse, PREC_TEST) && put_if(out, prec > PREC_TEST, ")");
}

static int
put_dict(Out *out, KsExpr *expr)
{
    KsExprSeq *keys = expr->v.Dict.keys, *values = expr->v.Dict.values;
    if (!put(out, "{"))
        return 0;
    for (Py_ssize_t i = 0; i < KS_LEN(values); i++) {
        if (!put_if(out, i > 0, ", "))
            return 0;
        if (keys->items[i] == NULL) {
            if (!put(out, "**") || !put_expr(out, values->items[i], PREC_EXPR))
                return 0;
        }
        else if (!put_expr(out, keys->items[i], PREC_TEST) || !put(out, ": ") ||
                 !put_expr(out, values->items[i], PREC_TEST))
            return 0;
    }
    return put(out, "}");
}

static int
put_clauses(Out *out, KsComprehensionSeq *clauses)
{
    for (Py_ssize_t i = 0; i < KS_LEN(clauses); i++) {
        KsComprehension *clause = clauses->items[i];
        if (!put(out, clause->is_async ? " async for " : " for ") ||
            !put_expr(out, clause->target, PREC_TUPLE) || !put(out, " in ") ||
            !put_expr(out, clause->iter, PREC_TEST + 1))
            return 0;
        for (Py_ssize_t k = 0; k < KS_LEN(clause->ifs); k++) {
            if (!put(out, " if ") || !put_expr(out, clause->ifs->items[k], PREC_TEST + 1))
                return 0;
        }
    }
    return 1;
}

static int
put_comprehension(Out *out, KsExpr *elt, KsComprehensionSeq *clauses, const char *open,
                  const char *close)
{
    return put(out, open) && put_expr(out, elt, PREC_TEST) && put_clauses(out, clauses) &&
           put(out, close);
}

static int
put_compare(Out *out, KsExpr *expr, int prec)
{
    static const char *const texts[] = {
        [KS_Eq] = " == ", [KS_NotEq] = " != ", [KS_Lt] = " < ",  [KS_LtE] = " <= ",
        [KS_Gt] = " > ",  [KS_GtE] = " >= ",   [KS_Is] = " is ", [KS_IsNot] = " is not ",
        [KS_In] = " in ", [KS_NotIn] = " not in ",
    };
    if (!put_if(out, prec > PREC_CMP, "(") || !put_expr(out, expr->v.Compare.left, PREC_CMP + 1))
        return 0;
    for (Py_ssize_t i = 0; i < KS_LEN(expr->v.Compare.ops); i++) {
        if (!put(out, texts[expr->v.Compare.ops->items[i]]) ||
            !put_expr(out, expr->v.Compare.comparators->items[i], PREC_CMP + 1))
            return 0;
    }
    return put_if(out, prec > PREC_CMP, ")");
}

static int
put_call(Out *out, KsExpr *expr)
{
    KsExprSeq *args = expr->v.Call.args;
    KsKeywordSeq *keywords = expr->v.Call.keywords;
    if (!put_expr(out, expr->v.Call.func, PREC_ATOM))
        return 0;
    /* A lone generator brings its own brackets. */
    if (KS_LEN(args) == 1 && KS_LEN(keywords) == 0 && args->items[0]->kind == KS_GeneratorExp)
        return put_expr(out, args->items[0], PREC_TEST);
    if (!put(out, "(") || !put_list(out, args, ", ", PREC_TEST))
        return 0;
    for (Py_ssize_t i = 0; i < KS_LEN(keywords); i++) {
        KsKeyword *keyword = keywords->items[i];
        if (!put_if(out, i > 0 || KS_LEN(args) > 0, ", "))
            return 0;
        if (keyword->arg == NULL ? !put(out, "**")
                                 : !put_str(out, keyword->arg) || !put(out, "="))
            return 0;
        if (!put_expr(out, keyword->value, PREC_TEST))
            return 0;
    }
    return put(out, ")");
}

/* ---- f-strings ---- */

static int put_format_part(Out *out, KsExpr *expr, int is_spec);

static KS_NEW PyObject *
doubled_braces(PyObject *text)
{
    KS_OWNED PyObject *open = PyUnicode_Replace(text, &_Py_STR(open_br), KS_INTERN("{{"), -1);
    return open ? PyUnicode_Replace(open, &_Py_STR(close_br), KS_INTERN("}}"), -1) : NULL;
}

static int
put_format_values(Out *out, KsExprSeq *values, int is_spec)
{
    for (Py_ssize_t i = 0; i < KS_LEN(values); i++) {
        if (!put_format_part(out, values->items[i], is_spec))
            return 0;
    }
    return 1;
}

static int
put_joined(Out *out, KsExpr *expr, int is_spec)
{
    if (is_spec)
        return put_format_values(out, expr->v.JoinedStr.values, 1);
    Out body;
    _PyUnicodeWriter_Init(&body);
    body.min_length = 256;
    body.overallocate = 1;
    if (!put_format_values(&body, expr->v.JoinedStr.values, 0)) {
        _PyUnicodeWriter_Dealloc(&body);
        return 0;
    }
    KS_OWNED PyObject *text = _PyUnicodeWriter_Finish(&body);
    return text != NULL && put(out, "f") && put_repr(out, text);
}

static int
put_field(Out *out, KsExpr *expr)
{
    Out inner;
    _PyUnicodeWriter_Init(&inner);
    inner.min_length = 256;
    inner.overallocate = 1;
    if (!put_expr(&inner, expr->v.FormattedValue.value, PREC_TEST + 1)) {
        _PyUnicodeWriter_Dealloc(&inner);
        return 0;
    }
    KS_OWNED PyObject *text = _PyUnicodeWriter_Finish(&inner);
    if (text == NULL)
        return 0;
    /* "{{" would be a brace, so a blank goes between. */
    int is_brace = PyUnicode_GET_LENGTH(text) > 0 && PyUnicode_READ_CHAR(text, 0) == '{';
    if (!put(out, is_brace ? "{ " : "{") || !put_str(out, text))
        return 0;
    if (expr->v.FormattedValue.conversion > 0) {
        char mark[3] = {'!', (char)expr->v.FormattedValue.conversion, '\0'};
        if (strchr("ars", mark[1]) == NULL) {
            PyErr_SetString(PyExc_SystemError, "unknown f-value conversion kind");
            return 0;
        }
        if (!put(out, mark))
            return 0;
    }
    if (expr->v.FormattedValue.format_spec != NULL &&
        (!put(out, ":") || !put_format_part(out, expr->v.FormattedValue.format_spec, 1)))
        return 0;
    return put(out, "}");
}

static int
put_format_part(Out *out, KsExpr *expr, int is_spec)
{
    switch (expr->kind) {
    case KS_Constant: {
        KS_OWNED PyObject *text = doubled_braces(expr->v.Constant.value);
        return text != NULL && put_str(out, text);
    }
    case KS_JoinedStr: return put_joined(out, expr, is_spec);
    case KS_FormattedValue: return put_field(out, expr);
    default:
        PyErr_SetString(PyExc_SystemError, "unknown expression kind inside f-string");
        return 0;
    }
}

/* ---- the rest ---- */

static int
put_constant(Out *out, KsExpr *expr)
{
    PyObject *value = expr->v.Constant.value;
    if (value == Py_Ellipsis)
        return put(out, "...");
    if (expr->v.Constant.kind != NULL && !put_str(out, expr->v.Constant.kind))
        return 0;
    if (!PyTuple_CheckExact(value))
        return put_repr(out, value);
    Py_ssize_t count = PyTuple_GET_SIZE(value);
    if (count == 0)
        return put(out, "()");
    if (!put(out, "("))
        return 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!put_if(out, i > 0, ", ") || !put_repr(out, PyTuple_GET_ITEM(value, i)))
            return 0;
    }
    return put(out, count == 1 ? ",)" : ")");
}

static int
put_attribute(Out *out, KsExpr *expr)
{
    KsExpr *value = expr->v.Attribute.value;
    /* `1.real` would be a number. */
    int is_int = value->kind == KS_Constant && PyLong_CheckExact(value->v.Constant.value);
    return put_expr(out, value, PREC_ATOM) && put(out, is_int ? " ." : ".") &&
           put_str(out, expr->v.Attribute.attr);
}

static int
put_slice(Out *out, KsExpr *expr)
{
    return (!expr->v.Slice.lower || put_expr(out, expr->v.Slice.lower, PREC_TEST)) &&
           put(out, ":") &&
           (!expr->v.Slice.upper || put_expr(out, expr->v.Slice.upper, PREC_TEST)) &&
           (!expr->v.Slice.step ||
            (put(out, ":") && put_expr(out, expr->v.Slice.step, PREC_TEST)));
}

static int
put_tuple(Out *out, KsExpr *expr, int prec)
{
    KsExprSeq *items = expr->v.Tuple.elts;
    if (KS_LEN(items) == 0)
        return put(out, "()");
    return put_if(out, prec > PREC_TUPLE, "(") && put_list(out, items, ", ", PREC_TEST) &&
           put_if(out, KS_LEN(items) == 1, ",") && put_if(out, prec > PREC_TUPLE, ")");
}

static int
put_expr(Out *out, KsExpr *expr, int prec)
{
    switch (expr->kind) {
    case KS_BoolOp: return put_boolop(out, expr, prec);
    case KS_BinOp: return put_binop(out, expr, prec);
    case KS_UnaryOp: return put_unaryop(out, expr, prec);
    case KS_Lambda: return put_lambda(out, expr, prec);
    case KS_IfExp: return put_ifexp(out, expr, prec);
    case KS_Dict: return put_dict(out, expr);
    case KS_Set:
        return put(out, "{") && put_list(out, expr->v.Set.elts, ", ", PREC_TEST) && put(out, "}");
    case KS_GeneratorExp:
        return put_comprehension(out, expr->v.GeneratorExp.elt, expr->v.GeneratorExp.generators,
                                 "(", ")");
    case KS_ListComp:
        return put_comprehension(out, expr->v.ListComp.elt, expr->v.ListComp.generators, "[", "]");
    case KS_SetComp:
        return put_comprehension(out, expr->v.SetComp.elt, expr->v.SetComp.generators, "{", "}");
    case KS_DictComp:
        return put(out, "{") && put_expr(out, expr->v.DictComp.key, PREC_TEST) &&
               put(out, ": ") && put_expr(out, expr->v.DictComp.value, PREC_TEST) &&
               put_clauses(out, expr->v.DictComp.generators) && put(out, "}");
    case KS_Yield:
        if (expr->v.Yield.value == NULL)
            return put(out, "(yield)");
        return put(out, "(yield ") && put_expr(out, expr->v.Yield.value, PREC_TEST) &&
               put(out, ")");
    case KS_YieldFrom:
        return put(out, "(yield from ") && put_expr(out, expr->v.YieldFrom.value, PREC_TEST) &&
               put(out, ")");
    case KS_Await:
        return put_if(out, prec > PREC_AWAIT, "(") && put(out, "await ") &&
               put_expr(out, expr->v.Await.value, PREC_ATOM) && put_if(out, prec > PREC_AWAIT, ")");
    case KS_Compare: return put_compare(out, expr, prec);
    case KS_Call: return put_call(out, expr);
    case KS_Constant: return put_constant(out, expr);
    case KS_JoinedStr: return put_joined(out, expr, 0);
    case KS_FormattedValue: return put_field(out, expr);
    case KS_Attribute: return put_attribute(out, expr);
    case KS_Starred: return put(out, "*") && put_expr(out, expr->v.Starred.value, PREC_EXPR);
    case KS_Name: return put_str(out, expr->v.Name.id);
    case KS_List:
        return put(out, "[") && put_list(out, expr->v.List.elts, ", ", PREC_TEST) && put(out, "]");
    case KS_Tuple: return put_tuple(out, expr, prec);
    case KS_Subscript:
        return put_expr(out, expr->v.Subscript.value, PREC_ATOM) && put(out, "[") &&
               put_expr(out, expr->v.Subscript.slice, PREC_TUPLE) && put(out, "]");
    case KS_Slice: return put_slice(out, expr);
    case KS_NamedExpr:
        return put_if(out, prec > PREC_TUPLE, "(") &&
               put_expr(out, expr->v.NamedExpr.target, PREC_ATOM) && put(out, " := ") &&
               put_expr(out, expr->v.NamedExpr.value, PREC_ATOM) &&
               put_if(out, prec > PREC_TUPLE, ")");
    default:
        PyErr_SetString(PyExc_SystemError, "unknown expression kind");
        return 0;
    }
}

PyObject *
ks_ast_unparse(KsExpr *expr)
{
    Out out;
    _PyUnicodeWriter_Init(&out);
    out.min_length = 256;
    out.overallocate = 1;
    if (!put_expr(&out, expr, PREC_TEST)) {
        _PyUnicodeWriter_Dealloc(&out);
        return NULL;
    }
    return _PyUnicodeWriter_Finish(&out);
}
