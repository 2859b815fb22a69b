/* SPDX-License-Identifier: MIT */
/* Code generation for expressions. Each leaves one value on the stack. */
#include "ks_codegen.h"

static int
gen_exprs(KsCompiler *c, KsExprSeq *exprs)
{
    for (Py_ssize_t i = 0, n = KS_LEN(exprs); i < n; i++)
        EXPR(exprs->items[i]);
    return 1;
}

/* ---- checks that only warn ---- */

static PyTypeObject *
literal_type(KsExpr *e)
{
    switch (e->kind) {
        case KS_Tuple:
            return &PyTuple_Type;
        case KS_List:
        case KS_ListComp:
            return &PyList_Type;
        case KS_Dict:
        case KS_DictComp:
            return &PyDict_Type;
        case KS_Set:
        case KS_SetComp:
            return &PySet_Type;
        case KS_GeneratorExp:
            return &PyGen_Type;
        case KS_Lambda:
            return &PyFunction_Type;
        case KS_JoinedStr:
        case KS_FormattedValue:
            return &PyUnicode_Type;
        case KS_Constant:
            return Py_TYPE(e->v.Constant.value);
        default:
            return NULL;
    }
}

static int
check_callable(KsCompiler *c, KsExpr *e)
{
    switch (e->kind) {
        case KS_Constant:
        case KS_Tuple:
        case KS_List:
        case KS_ListComp:
        case KS_Dict:
        case KS_DictComp:
        case KS_Set:
        case KS_SetComp:
        case KS_GeneratorExp:
        case KS_JoinedStr:
        case KS_FormattedValue:
            return ks_gen_warn(c, "'%.200s' object is not callable; perhaps you missed a comma?",
                               literal_type(e)->tp_name);
        default:
            return 1;
    }
}

static int
check_subscriptable(KsCompiler *c, KsExpr *e)
{
    switch (e->kind) {
        case KS_Constant: {
            PyObject *v = e->v.Constant.value;
            if (!(v == Py_None || v == Py_Ellipsis || PyLong_Check(v) || PyFloat_Check(v)
                  || PyComplex_Check(v) || PyAnySet_Check(v)))
                return 1;
            break;
        }
        case KS_Set:
        case KS_SetComp:
        case KS_GeneratorExp:
        case KS_Lambda:
            break;
        default:
            return 1;
    }
    return ks_gen_warn(c, "'%.200s' object is not subscriptable; perhaps you missed a comma?",
                       literal_type(e)->tp_name);
}

static int
check_index(KsCompiler *c, KsExpr *e, KsExpr *index)
{
    PyTypeObject *type = literal_type(index);
    if (type == NULL || PyType_HasFeature(type, Py_TPFLAGS_LONG_SUBCLASS) || type == &PySlice_Type)
        return 1;
    switch (e->kind) {
        case KS_Constant: {
            PyObject *v = e->v.Constant.value;
            if (!(PyUnicode_Check(v) || PyBytes_Check(v) || PyTuple_Check(v)))
                return 1;
            break;
        }
        case KS_Tuple:
        case KS_List:
        case KS_ListComp:
        case KS_JoinedStr:
        case KS_FormattedValue:
            break;
        default:
            return 1;
    }
    return ks_gen_warn(c, "%.200s indices must be integers or slices, not %.200s; "
                          "perhaps you missed a comma?",
                       literal_type(e)->tp_name, type->tp_name);
}

static int
has_identity(KsExpr *e)
{
    if (e->kind != KS_Constant)
        return 1;
    PyObject *v = e->v.Constant.value;
    return v == Py_None || v == Py_False || v == Py_True || v == Py_Ellipsis;
}

static int
check_comparison(KsCompiler *c, KsExpr *e)
{
    int left = has_identity(e->v.Compare.left);
    for (Py_ssize_t i = 0, n = KS_LEN(e->v.Compare.ops); i < n; i++) {
        int op = e->v.Compare.ops->items[i];
        int right = has_identity(e->v.Compare.comparators->items[i]);
        if ((op == KS_Is || op == KS_IsNot) && (!left || !right))
            return ks_gen_warn(c, op == KS_Is ? "\"is\" with a literal. Did you mean \"==\"?"
                                              : "\"is not\" with a literal. Did you mean \"!=\"?");
        left = right;
    }
    return 1;
}

/* ---- operators ---- */

static const uint8_t binary_numbers[] = {
    [KS_Add] = NB_ADD,          [KS_Sub] = NB_SUBTRACT,      [KS_Mult] = NB_MULTIPLY,
    [KS_MatMult] = NB_MATRIX_MULTIPLY, [KS_Div] = NB_TRUE_DIVIDE, [KS_Mod] = NB_REMAINDER,
    [KS_Pow] = NB_POWER,        [KS_LShift] = NB_LSHIFT,     [KS_RShift] = NB_RSHIFT,
    [KS_BitOr] = NB_OR,         [KS_BitXor] = NB_XOR,        [KS_BitAnd] = NB_AND,
    [KS_FloorDiv] = NB_FLOOR_DIVIDE,
};
static const uint8_t unary_opcodes[] = {
    [KS_Invert] = UNARY_INVERT, [KS_Not] = UNARY_NOT, [KS_UAdd] = UNARY_POSITIVE,
    [KS_USub] = UNARY_NEGATIVE,
};
static const uint8_t compare_opcodes[][2] = {
    [KS_Eq] = {COMPARE_OP, Py_EQ}, [KS_NotEq] = {COMPARE_OP, Py_NE},
    [KS_Lt] = {COMPARE_OP, Py_LT}, [KS_LtE] = {COMPARE_OP, Py_LE},
    [KS_Gt] = {COMPARE_OP, Py_GT}, [KS_GtE] = {COMPARE_OP, Py_GE},
    [KS_Is] = {IS_OP, 0},          [KS_IsNot] = {IS_OP, 1},
    [KS_In] = {CONTAINS_OP, 0},    [KS_NotIn] = {CONTAINS_OP, 1},
};

static int
gen_compare_op(KsCompiler *c, int op)
{
    return ks_emit(c, compare_opcodes[op][0], compare_opcodes[op][1]);
}

/* All comparisons of a chain but the last; leaves the values of a failed one behind at cleanup. */
static int
gen_chain(KsCompiler *c, KsExpr *e, int jump, KsBlock *cleanup)
{
    Py_ssize_t last = KS_LEN(e->v.Compare.ops) - 1;
    EXPR(e->v.Compare.left);
    for (Py_ssize_t i = 0; i < last; i++) {
        EXPR(e->v.Compare.comparators->items[i]);
        OP_ARG(SWAP, 2);
        OP_ARG(COPY, 2);
        DO(gen_compare_op(c, e->v.Compare.ops->items[i]));
        JUMP_TO(jump, cleanup);
    }
    EXPR(e->v.Compare.comparators->items[last]);
    return gen_compare_op(c, e->v.Compare.ops->items[last]);
}

static int
gen_compare(KsCompiler *c, KsExpr *e)
{
    DO(check_comparison(c, e));
    if (KS_LEN(e->v.Compare.ops) == 1)
        return gen_chain(c, e, 0, NULL);
    NEW_BLOCK(cleanup);
    DO(gen_chain(c, e, JUMP_IF_FALSE_OR_POP, cleanup));
    NEW_BLOCK(end);
    JUMP_NO_LINE(KS_OP_JUMP, end);
    START(cleanup);
    OP_ARG(SWAP, 2);
    OP(POP_TOP);
    START(end);
    return 1;
}

static int
gen_jump_if_chain(KsCompiler *c, KsExpr *e, KsBlock *target, int condition)
{
    NEW_BLOCK(cleanup);
    DO(gen_chain(c, e, KS_OP_POP_JUMP_IF_FALSE, cleanup));
    JUMP_TO(condition ? KS_OP_POP_JUMP_IF_TRUE : KS_OP_POP_JUMP_IF_FALSE, target);
    NEW_BLOCK(end);
    JUMP_NO_LINE(KS_OP_JUMP, end);
    START(cleanup);
    OP(POP_TOP);
    if (!condition)
        JUMP_NO_LINE(KS_OP_JUMP, target);
    START(end);
    return 1;
}

static int
gen_jump_if_bool(KsCompiler *c, KsExpr *e, KsBlock *target, int condition)
{
    KsExprSeq *values = e->v.BoolOp.values;
    Py_ssize_t last = KS_LEN(values) - 1;
    int decides = e->v.BoolOp.op == KS_Or;
    KsBlock *decided = target;
    if (decides != !!condition) {
        decided = ks_gen_block(c);
        DO(decided != NULL);
    }
    for (Py_ssize_t i = 0; i < last; i++)
        DO(ks_gen_jump_if(c, values->items[i], decided, decides));
    DO(ks_gen_jump_if(c, values->items[last], target, condition));
    if (decided != target)
        START(decided);
    return 1;
}

int
ks_gen_jump_if(KsCompiler *c, KsExpr *e, KsBlock *target, int condition)
{
    switch (e->kind) {
        case KS_UnaryOp:
            if (e->v.UnaryOp.op == KS_Not)
                return ks_gen_jump_if(c, e->v.UnaryOp.operand, target, !condition);
            if (e->v.UnaryOp.op == KS_NO_UNARY_OP)
                return ks_gen_jump_if(c, e->v.UnaryOp.operand, target, condition);
            break;
        case KS_BoolOp:
            return gen_jump_if_bool(c, e, target, condition);
        case KS_IfExp: {
            NEW_BLOCK(end);
            NEW_BLOCK(otherwise);
            DO(ks_gen_jump_if(c, e->v.IfExp.test, otherwise, 0));
            DO(ks_gen_jump_if(c, e->v.IfExp.body, target, condition));
            JUMP_NO_LINE(KS_OP_JUMP, end);
            START(otherwise);
            DO(ks_gen_jump_if(c, e->v.IfExp.orelse, target, condition));
            START(end);
            return 1;
        }
        case KS_Compare:
            AT(e); /* what follows the test stays at the comparison */
            if (KS_LEN(e->v.Compare.ops) > 1)
                return check_comparison(c, e) && gen_jump_if_chain(c, e, target, condition);
            break;
        default:
            break;
    }
    EXPR(e);
    JUMP_TO(condition ? KS_OP_POP_JUMP_IF_TRUE : KS_OP_POP_JUMP_IF_FALSE, target);
    return 1;
}

static int
gen_bool(KsCompiler *c, KsExpr *e)
{
    int jump = e->v.BoolOp.op == KS_And ? JUMP_IF_FALSE_OR_POP : JUMP_IF_TRUE_OR_POP;
    KsExprSeq *values = e->v.BoolOp.values;
    Py_ssize_t last = KS_LEN(values) - 1;
    NEW_BLOCK(end);
    for (Py_ssize_t i = 0; i < last; i++) {
        EXPR(values->items[i]);
        JUMP_TO(jump, end);
    }
    EXPR(values->items[last]);
    START(end);
    return 1;
}

static int
gen_if_expression(KsCompiler *c, KsExpr *e)
{
    NEW_BLOCK(end);
    NEW_BLOCK(otherwise);
    DO(ks_gen_jump_if(c, e->v.IfExp.test, otherwise, 0));
    EXPR(e->v.IfExp.body);
    JUMP_NO_LINE(KS_OP_JUMP, end);
    START(otherwise);
    EXPR(e->v.IfExp.orelse);
    START(end);
    return 1;
}

/* ---- displays ---- */

static int
all_constant(KsExprSeq *exprs, Py_ssize_t start, Py_ssize_t end)
{
    for (Py_ssize_t i = start; i < end; i++) {
        KsExpr *e = exprs->items[i];
        if (e == NULL || e->kind != KS_Constant)
            return 0;
    }
    return 1;
}

static PyObject *
tuple_of_constants(KsExprSeq *exprs, Py_ssize_t start, Py_ssize_t end)
{
    PyObject *tuple = PyTuple_New(end - start);
    for (Py_ssize_t i = start; tuple != NULL && i < end; i++)
        PyTuple_SET_ITEM(tuple, i - start, Py_NewRef(exprs->items[i]->v.Constant.value));
    return tuple;
}

typedef struct Display {
    int build, add, extend;
    int to_tuple;
} Display;

static const Display list_display = {BUILD_LIST, LIST_APPEND, LIST_EXTEND, 0};
static const Display tuple_display = {BUILD_LIST, LIST_APPEND, LIST_EXTEND, 1};
static const Display set_display = {BUILD_SET, SET_ADD, SET_UPDATE, 0};

static int
gen_constant_display(KsCompiler *c, KsExprSeq *elts, int pushed, const Display *how)
{
    PyObject *folded = tuple_of_constants(elts, 0, KS_LEN(elts));
    if (how->to_tuple && pushed == 0)
        return ks_emit_new_const(c, folded);
    if (folded != NULL && how->add == SET_ADD)
        Py_SETREF(folded, PyFrozenSet_New(folded));
    /* Constants are numbered when they are met: before the instruction is emitted or after it
     * makes no difference. */
    if (!ks_emit(c, how->build, pushed)) {
        Py_XDECREF(folded);
        return 0;
    }
    DO(ks_emit_new_const(c, folded));
    OP_ARG(how->extend, 1);
    if (how->to_tuple)
        OP(LIST_TO_TUPLE);
    return 1;
}

/* pushed values are on the stack already and come first. */
static int
gen_display(KsCompiler *c, KsExprSeq *elts, int pushed, const Display *how)
{
    Py_ssize_t count = KS_LEN(elts);
    if (count > 2 && all_constant(elts, 0, count))
        return gen_constant_display(c, elts, pushed, how);
    int big = count + pushed > KS_STACK_GUIDELINE, starred = 0;
    for (Py_ssize_t i = 0; i < count && !starred; i++)
        starred = elts->items[i]->kind == KS_Starred;
    if (!starred && !big) {
        DO(gen_exprs(c, elts));
        OP_ARG(how->to_tuple ? BUILD_TUPLE : how->build, count + pushed);
        return 1;
    }
    int built = big;
    if (big)
        OP_ARG(how->build, pushed);
    for (Py_ssize_t i = 0; i < count; i++) {
        KsExpr *item = elts->items[i];
        if (item->kind == KS_Starred) {
            if (!built)
                OP_ARG(how->build, i + pushed);
            built = 1;
            EXPR(item->v.Starred.value);
            OP_ARG(how->extend, 1);
        }
        else {
            EXPR(item);
            if (built)
                OP_ARG(how->add, 1);
        }
    }
    if (how->to_tuple)
        OP(LIST_TO_TUPLE);
    return 1;
}

/* The value on top is unpacked into the targets. */
static int
gen_unpacking(KsCompiler *c, KsExprSeq *targets)
{
    Py_ssize_t count = KS_LEN(targets);
    int starred = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (targets->items[i]->kind != KS_Starred)
            continue;
        if (starred)
            return ks_gen_error(c, "multiple starred expressions in assignment");
        if (i >= 256 || count - i - 1 >= (INT_MAX >> 8))
            return ks_gen_error(c, "too many expressions in star-unpacking assignment");
        OP_ARG(UNPACK_EX, i + ((count - i - 1) << 8));
        starred = 1;
    }
    if (!starred)
        OP_ARG(UNPACK_SEQUENCE, count);
    for (Py_ssize_t i = 0; i < count; i++) {
        KsExpr *target = targets->items[i];
        EXPR(target->kind == KS_Starred ? target->v.Starred.value : target);
    }
    return 1;
}

static int
gen_sequence(KsCompiler *c, KsExprSeq *elts, KsExprContext ctx, const Display *how)
{
    if (ctx == KS_Store)
        return gen_unpacking(c, elts);
    if (ctx == KS_Load)
        return gen_display(c, elts, 0, how);
    return gen_exprs(c, elts);
}

static int
gen_dict_part(KsCompiler *c, KsExpr *e, Py_ssize_t start, Py_ssize_t end)
{
    KsExprSeq *keys = e->v.Dict.keys, *values = e->v.Dict.values;
    Py_ssize_t count = end - start;
    int big = count * 2 > KS_STACK_GUIDELINE;
    if (count > 1 && !big && all_constant(keys, start, end)) {
        for (Py_ssize_t i = start; i < end; i++)
            EXPR(values->items[i]);
        DO(ks_emit_new_const(c, tuple_of_constants(keys, start, end)));
        OP_ARG(BUILD_CONST_KEY_MAP, count);
        return 1;
    }
    if (big)
        OP_ARG(BUILD_MAP, 0);
    for (Py_ssize_t i = start; i < end; i++) {
        EXPR(keys->items[i]);
        EXPR(values->items[i]);
        if (big)
            OP_ARG(MAP_ADD, 1);
    }
    if (!big)
        OP_ARG(BUILD_MAP, count);
    return 1;
}

static int
gen_dict(KsCompiler *c, KsExpr *e)
{
    KsExprSeq *keys = e->v.Dict.keys, *values = e->v.Dict.values;
    Py_ssize_t count = KS_LEN(values), waiting = 0;
    int have_dict = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        int unpacked = keys->items[i] == NULL;
        int full = !unpacked && waiting * 2 > KS_STACK_GUIDELINE;
        if (!unpacked && !full) {
            waiting++;
            continue;
        }
        if (waiting > 0) {
            DO(gen_dict_part(c, e, i - waiting, full ? i + 1 : i));
            if (have_dict)
                OP_ARG(DICT_UPDATE, 1);
            have_dict = 1;
            waiting = 0;
        }
        if (unpacked) {
            if (!have_dict)
                OP_ARG(BUILD_MAP, 0);
            have_dict = 1;
            EXPR(values->items[i]);
            OP_ARG(DICT_UPDATE, 1);
        }
    }
    if (waiting > 0) {
        DO(gen_dict_part(c, e, count - waiting, count));
        if (have_dict)
            OP_ARG(DICT_UPDATE, 1);
        have_dict = 1;
    }
    if (!have_dict)
        OP_ARG(BUILD_MAP, 0);
    return 1;
}

/* ---- calls ---- */

/* An attribute on a later line than where its expression starts: instructions about it start
 * there. */
static void
move_to_attribute(KsCompiler *c, KsExpr *attribute)
{
    KsPos *pos = &c->unit->pos;
    if (pos->lineno == attribute->end_lineno)
        return;
    int length = (int)PyUnicode_GET_LENGTH(attribute->v.Attribute.attr);
    pos->lineno = attribute->end_lineno;
    if (length <= attribute->end_col_offset)
        pos->col_offset = attribute->end_col_offset - length;
    else
        pos->col_offset = pos->end_col_offset = -1;
}

static int
check_keywords(KsCompiler *c, KsKeywordSeq *keywords)
{
    for (Py_ssize_t i = 0, n = KS_LEN(keywords); i < n; i++) {
        KsKeyword *keyword = keywords->items[i];
        if (keyword->arg == NULL)
            continue;
        if (keyword->arg == KS_INTERN("__debug__"))
            return ks_gen_error(c, "cannot assign to __debug__");
        for (Py_ssize_t j = i + 1; j < n; j++) {
            KsKeyword *other = keywords->items[j];
            if (other->arg == keyword->arg)
                return ks_gen_error_at(c, KS_POS(other), "keyword argument repeated: %U",
                                       keyword->arg);
        }
    }
    return 1;
}

/* A tuple of the keywords' names. */
static PyObject *
keyword_names(KsKeywordSeq *keywords, Py_ssize_t start, Py_ssize_t end)
{
    PyObject *names = PyTuple_New(end - start);
    for (Py_ssize_t i = start; names != NULL && i < end; i++)
        PyTuple_SET_ITEM(names, i - start, Py_NewRef(keywords->items[i]->arg));
    return names;
}

static int
gen_keyword_values(KsCompiler *c, KsKeywordSeq *keywords, Py_ssize_t start, Py_ssize_t end)
{
    for (Py_ssize_t i = start; i < end; i++)
        EXPR(keywords->items[i]->value);
    return 1;
}

static int
gen_simple_keywords(KsCompiler *c, KsKeywordSeq *keywords)
{
    Py_ssize_t count = KS_LEN(keywords);
    DO(gen_keyword_values(c, keywords, 0, count));
    PyObject *names = ks_const_merge(c, keyword_names(keywords, 0, count));
    int index = names == NULL ? -1 : ks_name_add(&c->unit->consts, c->arena, names);
    return index >= 0 && ks_emit(c, KW_NAMES, index);
}

static int
gen_keyword_dict(KsCompiler *c, KsKeywordSeq *keywords, Py_ssize_t start, Py_ssize_t end)
{
    Py_ssize_t count = end - start;
    int big = count * 2 > KS_STACK_GUIDELINE;
    if (count > 1 && !big) {
        DO(gen_keyword_values(c, keywords, start, end));
        DO(ks_emit_new_const(c, keyword_names(keywords, start, end)));
        OP_ARG(BUILD_CONST_KEY_MAP, count);
        return 1;
    }
    if (big)
        OP_NO_LINE(BUILD_MAP);
    for (Py_ssize_t i = start; i < end; i++) {
        DO(ks_emit_const(c, keywords->items[i]->arg));
        EXPR(keywords->items[i]->value);
        if (big)
            DO(ks_emit_at(c, MAP_ADD, 1, KS_NO_POS));
    }
    if (!big)
        OP_ARG(BUILD_MAP, count);
    return 1;
}

static int
has_unpacking(KsExprSeq *args, KsKeywordSeq *keywords)
{
    for (Py_ssize_t i = 0, n = KS_LEN(args); i < n; i++) {
        if (args->items[i]->kind == KS_Starred)
            return 1;
    }
    for (Py_ssize_t i = 0, n = KS_LEN(keywords); i < n; i++) {
        if (keywords->items[i]->arg == NULL)
            return 1;
    }
    return 0;
}

/* The call by tuple and dictionary. */
static int
gen_call_unpacked(KsCompiler *c, int pushed, KsExprSeq *args, KsKeywordSeq *keywords)
{
    Py_ssize_t count = KS_LEN(keywords), waiting = 0;
    if (pushed == 0 && KS_LEN(args) == 1 && args->items[0]->kind == KS_Starred)
        EXPR(args->items[0]->v.Starred.value);
    else
        DO(gen_display(c, args, pushed, &tuple_display));
    int have_dict = 0;
    for (Py_ssize_t i = 0; i <= count; i++) {
        int at_end = i == count;
        if (!at_end && keywords->items[i]->arg != NULL) {
            waiting++;
            continue;
        }
        if (waiting > 0) {
            DO(gen_keyword_dict(c, keywords, i - waiting, i));
            if (have_dict)
                OP_ARG(DICT_MERGE, 1);
            have_dict = 1;
            waiting = 0;
        }
        if (at_end)
            break;
        if (!have_dict)
            OP_ARG(BUILD_MAP, 0);
        have_dict = 1;
        EXPR(keywords->items[i]->value);
        OP_ARG(DICT_MERGE, 1);
    }
    OP_ARG(CALL_FUNCTION_EX, count > 0);
    return 1;
}

int
ks_gen_call_helper(KsCompiler *c, int pushed, KsExprSeq *args, KsKeywordSeq *keywords)
{
    Py_ssize_t count = KS_LEN(args), named = KS_LEN(keywords);
    DO(check_keywords(c, keywords));
    if (count + named * 2 > KS_STACK_GUIDELINE || has_unpacking(args, keywords))
        return gen_call_unpacked(c, pushed, args, keywords);
    DO(gen_exprs(c, args));
    if (named > 0)
        DO(gen_simple_keywords(c, keywords));
    OP_ARG(PRECALL, pushed + count + named);
    OP_ARG(CALL, pushed + count + named);
    return 1;
}

/* A name that the module imports is probably a module: its functions are no methods. */
static int
is_imported(KsCompiler *c, KsExpr *e)
{
    if (e->kind != KS_Name)
        return 0;
    KsSymbol *symbol = ks_scope_find(c->st->top, e->v.Name.id);
    return symbol != NULL && (symbol->flags & DEF_IMPORT);
}

static int
is_method_call(KsCompiler *c, KsExpr *e)
{
    KsExpr *function = e->v.Call.func;
    Py_ssize_t count = KS_LEN(e->v.Call.args), named = KS_LEN(e->v.Call.keywords);
    return function->kind == KS_Attribute && function->v.Attribute.ctx == KS_Load
           && count + named + (named != 0) < KS_STACK_GUIDELINE
           && !has_unpacking(e->v.Call.args, e->v.Call.keywords)
           && !is_imported(c, function->v.Attribute.value);
}

static int
gen_method_call(KsCompiler *c, KsExpr *e)
{
    KsExpr *method = e->v.Call.func;
    Py_ssize_t count = KS_LEN(e->v.Call.args) + KS_LEN(e->v.Call.keywords);
    DO(check_keywords(c, e->v.Call.keywords));
    EXPR(method->v.Attribute.value);
    AT(method);
    move_to_attribute(c, method);
    DO(ks_emit_name(c, LOAD_METHOD, method->v.Attribute.attr));
    DO(gen_exprs(c, e->v.Call.args));
    if (KS_LEN(e->v.Call.keywords) > 0)
        DO(gen_simple_keywords(c, e->v.Call.keywords));
    AT(e);
    move_to_attribute(c, method);
    OP_ARG(PRECALL, count);
    OP_ARG(CALL, count);
    return 1;
}

static int
gen_call(KsCompiler *c, KsExpr *e)
{
    if (is_method_call(c, e))
        return gen_method_call(c, e);
    DO(check_callable(c, e->v.Call.func));
    AT(e->v.Call.func);
    OP(PUSH_NULL);
    EXPR(e->v.Call.func);
    AT(e);
    return ks_gen_call_helper(c, 0, e->v.Call.args, e->v.Call.keywords);
}

/* ---- f-strings ---- */

static int
gen_joined(KsCompiler *c, KsExpr *e)
{
    KsExprSeq *values = e->v.JoinedStr.values;
    Py_ssize_t count = KS_LEN(values);
    if (count > KS_STACK_GUIDELINE) {
        DO(ks_emit_new_const(c, PyUnicode_FromStringAndSize(NULL, 0)));
        DO(ks_emit_name(c, LOAD_METHOD, KS_INTERN("join")));
        OP_ARG(BUILD_LIST, 0);
        for (Py_ssize_t i = 0; i < count; i++) {
            EXPR(values->items[i]);
            OP_ARG(LIST_APPEND, 1);
        }
        OP_ARG(PRECALL, 1);
        OP_ARG(CALL, 1);
        return 1;
    }
    DO(gen_exprs(c, values));
    if (count != 1)
        OP_ARG(BUILD_STRING, count);
    return 1;
}

static int
gen_formatted(KsCompiler *c, KsExpr *e)
{
    int how = 0;
    EXPR(e->v.FormattedValue.value);
    switch (e->v.FormattedValue.conversion) {
        case 's':
            how = 1;
            break;
        case 'r':
            how = 2;
            break;
        case 'a':
            how = 3;
            break;
        case -1:
            break;
        default:
            PyErr_Format(PyExc_SystemError, "Unrecognized conversion character %d",
                         e->v.FormattedValue.conversion);
            return 0;
    }
    if (e->v.FormattedValue.format_spec != NULL) {
        EXPR(e->v.FormattedValue.format_spec);
        how |= 4;
    }
    OP_ARG(FORMAT_VALUE, how);
    return 1;
}

/* ---- attributes, items ---- */

static int
gen_attribute(KsCompiler *c, KsExpr *e)
{
    PyObject *name = e->v.Attribute.attr;
    EXPR(e->v.Attribute.value);
    AT(e);
    move_to_attribute(c, e);
    if (e->v.Attribute.ctx == KS_Store && name == KS_INTERN("__debug__"))
        return ks_gen_error(c, "cannot assign to __debug__");
    return ks_emit_name(c, e->v.Attribute.ctx == KS_Load    ? LOAD_ATTR
                           : e->v.Attribute.ctx == KS_Store ? STORE_ATTR
                                                            : DELETE_ATTR,
                        name);
}

static int
gen_subscript(KsCompiler *c, KsExpr *e)
{
    if (e->v.Subscript.ctx == KS_Load)
        DO(check_subscriptable(c, e->v.Subscript.value)
           && check_index(c, e->v.Subscript.value, e->v.Subscript.slice));
    EXPR(e->v.Subscript.value);
    EXPR(e->v.Subscript.slice);
    return ks_emit(c, e->v.Subscript.ctx == KS_Load    ? BINARY_SUBSCR
                      : e->v.Subscript.ctx == KS_Store ? STORE_SUBSCR
                                                       : DELETE_SUBSCR,
                   0);
}

static int
gen_optional(KsCompiler *c, KsExpr *e)
{
    return e == NULL ? ks_emit_const(c, Py_None) : ks_gen_expr(c, e);
}

static int
gen_slice(KsCompiler *c, KsExpr *e)
{
    DO(gen_optional(c, e->v.Slice.lower));
    DO(gen_optional(c, e->v.Slice.upper));
    if (e->v.Slice.step != NULL)
        EXPR(e->v.Slice.step);
    return ks_emit(c, BUILD_SLICE, e->v.Slice.step != NULL ? 3 : 2);
}

/* ---- waiting ---- */

int
ks_gen_yield_from(KsCompiler *c, int is_await)
{
    NEW_BLOCK(start);
    NEW_BLOCK(resume);
    NEW_BLOCK(end);
    START(start);
    JUMP_TO(SEND, end);
    START(resume);
    OP(YIELD_VALUE);
    OP_ARG(RESUME, is_await ? 3 : 2);
    JUMP_TO(KS_OP_JUMP_NO_INTERRUPT, start);
    START(end);
    return 1;
}

int
ks_gen_await(KsCompiler *c)
{
    OP_ARG(GET_AWAITABLE, 0);
    LOAD_NONE();
    return ks_gen_yield_from(c, 1);
}

static int
gen_yield(KsCompiler *c, KsExpr *e)
{
    if (c->unit->scope->type != FunctionBlock)
        return ks_gen_error(c, "'yield' outside function");
    DO(gen_optional(c, e->v.Yield.value));
    if (c->unit->scope->generator && c->unit->scope->coroutine)
        OP(ASYNC_GEN_WRAP);
    OP(YIELD_VALUE);
    OP_ARG(RESUME, 1);
    return 1;
}

static int
gen_yield_from(KsCompiler *c, KsExpr *e)
{
    if (c->unit->scope->type != FunctionBlock)
        return ks_gen_error(c, "'yield' outside function");
    if (c->unit->kind == KS_UNIT_ASYNC_FUNCTION)
        return ks_gen_error(c, "'yield from' inside async function");
    EXPR(e->v.YieldFrom.value);
    OP(GET_YIELD_FROM_ITER);
    LOAD_NONE();
    return ks_gen_yield_from(c, 0);
}

static int
gen_await_expression(KsCompiler *c, KsExpr *e)
{
    if (!ks_gen_is_top_level_await(c)) {
        if (c->unit->scope->type != FunctionBlock)
            return ks_gen_error(c, "'await' outside function");
        if (c->unit->kind != KS_UNIT_ASYNC_FUNCTION && c->unit->kind != KS_UNIT_COMPREHENSION)
            return ks_gen_error(c, "'await' outside async function");
    }
    EXPR(e->v.Await.value);
    return ks_gen_await(c);
}

/* ---- all expressions ---- */

static int
gen_expr_inner(KsCompiler *c, KsExpr *e)
{
    switch (e->kind) {
        case KS_Name:
            return ks_emit_variable(c, e->v.Name.id, e->v.Name.ctx);
        case KS_Constant:
            return ks_emit_const(c, e->v.Constant.value);
        case KS_Attribute:
            return gen_attribute(c, e);
        case KS_Call:
            return gen_call(c, e);
        case KS_NamedExpr:
            EXPR(e->v.NamedExpr.value);
            OP_ARG(COPY, 1);
            return ks_gen_expr(c, e->v.NamedExpr.target);
        case KS_BoolOp:
            return gen_bool(c, e);
        case KS_BinOp:
            EXPR(e->v.BinOp.left);
            EXPR(e->v.BinOp.right);
            return ks_emit(c, BINARY_OP, binary_numbers[e->v.BinOp.op]);
        case KS_UnaryOp:
            EXPR(e->v.UnaryOp.operand);
            if (e->v.UnaryOp.op == KS_NO_UNARY_OP)
                return 1;
            return ks_emit(c, unary_opcodes[e->v.UnaryOp.op], 0);
        case KS_Lambda:
            return ks_gen_lambda(c, e);
        case KS_IfExp:
            return gen_if_expression(c, e);
        case KS_Dict:
            return gen_dict(c, e);
        case KS_Set:
            return gen_display(c, e->v.Set.elts, 0, &set_display);
        case KS_GeneratorExp:
        case KS_ListComp:
        case KS_SetComp:
        case KS_DictComp:
            return ks_gen_comprehension(c, e);
        case KS_Yield:
            return gen_yield(c, e);
        case KS_YieldFrom:
            return gen_yield_from(c, e);
        case KS_Await:
            return gen_await_expression(c, e);
        case KS_Compare:
            return gen_compare(c, e);
        case KS_JoinedStr:
            return gen_joined(c, e);
        case KS_FormattedValue:
            return gen_formatted(c, e);
        case KS_Subscript:
            return gen_subscript(c, e);
        case KS_Starred:
            /* In stores the target list has taken the star off. */
            return ks_gen_error(c, e->v.Starred.ctx == KS_Store
                                       ? "starred assignment target must be in a list or tuple"
                                       : "can't use starred expression here");
        case KS_Slice:
            return gen_slice(c, e);
        case KS_List:
            return gen_sequence(c, e->v.List.elts, e->v.List.ctx, &list_display);
        case KS_Tuple:
            return gen_sequence(c, e->v.Tuple.elts, e->v.Tuple.ctx, &tuple_display);
        default:
            PyErr_SetString(PyExc_SystemError, "unknown kind of expression");
            return 0;
    }
}

int
ks_gen_expr(KsCompiler *c, KsExpr *e)
{
    KsPos outer = c->unit->pos;
    AT(e);
    int ok = gen_expr_inner(c, e);
    c->unit->pos = outer;
    return ok;
}

/* ---- augmented assignment: here because it reads and writes the same place ---- */

static int
gen_augmented_load(KsCompiler *c, KsExpr *target)
{
    switch (target->kind) {
        case KS_Attribute:
            EXPR(target->v.Attribute.value);
            OP_ARG(COPY, 1);
            move_to_attribute(c, target);
            return ks_emit_name(c, LOAD_ATTR, target->v.Attribute.attr);
        case KS_Subscript:
            EXPR(target->v.Subscript.value);
            EXPR(target->v.Subscript.slice);
            OP_ARG(COPY, 2);
            OP_ARG(COPY, 2);
            OP(BINARY_SUBSCR);
            return 1;
        case KS_Name:
            return ks_emit_variable(c, target->v.Name.id, KS_Load);
        default:
            PyErr_Format(PyExc_SystemError, "invalid node type (%d) for augmented assignment",
                         target->kind);
            return 0;
    }
}

int
ks_gen_augmented(KsCompiler *c, KsStmt *s)
{
    KsExpr *target = s->v.AugAssign.target;
    KsPos whole = c->unit->pos;
    AT(target);
    DO(gen_augmented_load(c, target));
    c->unit->pos = whole;
    EXPR(s->v.AugAssign.value);
    OP_ARG(BINARY_OP, NB_INPLACE_ADD + binary_numbers[s->v.AugAssign.op]);
    AT(target);
    switch (target->kind) {
        case KS_Attribute:
            move_to_attribute(c, target);
            OP_ARG(SWAP, 2);
            return ks_emit_name(c, STORE_ATTR, target->v.Attribute.attr);
        case KS_Subscript:
            OP_ARG(SWAP, 3);
            OP_ARG(SWAP, 2);
            OP(STORE_SUBSCR);
            return 1;
        default:
            return ks_emit_variable(c, target->v.Name.id, KS_Store);
    }
}
_Static_assert(NB_INPLACE_XOR - NB_XOR == NB_INPLACE_ADD && NB_INPLACE_AND - NB_AND == NB_INPLACE_ADD,
               "in-place operators follow the plain ones in their order");
