/* SPDX-License-Identifier: MIT */
/* Code generation for everything that is a code object of its own: functions, lambdas, classes,
 * comprehensions. */
#include "ks_codegen.h"

#include "pycore_runtime.h"

/* The unit is finished: its code object, NULL with an exception. The outer unit is current again,
 * even after an error. */
static PyCodeObject *
finish_unit(KsCompiler *c, int add_none)
{
    PyCodeObject *code = ks_assemble(c, c->unit, add_none);
    ks_gen_leave(c);
    return code;
}

/* Makes a function from code, with what flags say on the stack below; takes code over. */
static int
gen_closure(KsCompiler *c, KS_STEALS PyCodeObject *code, int flags)
{
    if (code == NULL)
        return 0;
    PyObject *constant = ks_const_merge(c, (PyObject *)code);
    DO(constant != NULL);
    code = (PyCodeObject *)constant;
    int count = code->co_nfreevars, first = code->co_nlocalsplus - count;
    for (int i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, first + i);
        int index = ks_name_find(&c->unit->cellvars, name);
        if (index < 0) {
            index = ks_name_find(&c->unit->freevars, name);
            if (index < 0) {
                PyErr_Format(PyExc_SystemError, "no variable %R for a closure", name);
                return 0;
            }
            index += c->unit->cellvars.count;
        }
        OP_ARG(LOAD_CLOSURE, index);
    }
    if (count > 0) {
        flags |= 8;
        OP_ARG(BUILD_TUPLE, count);
    }
    DO(ks_emit_const(c, (PyObject *)code));
    OP_ARG(MAKE_FUNCTION, flags);
    return 1;
}

/* ---- arguments ---- */

static int
check_parameter(KsCompiler *c, KsArg *arg)
{
    if (arg == NULL || arg->arg != KS_INTERN("__debug__"))
        return 1;
    return ks_gen_error(c, "cannot assign to __debug__");
}

static int
check_parameters(KsCompiler *c, KsArgSeq *args)
{
    for (Py_ssize_t i = 0, n = KS_LEN(args); i < n; i++)
        DO(check_parameter(c, args->items[i]));
    return 1;
}

static int
check_arguments(KsCompiler *c, KsArguments *a)
{
    return check_parameters(c, a->posonlyargs) && check_parameters(c, a->args)
           && check_parameter(c, a->vararg) && check_parameters(c, a->kwonlyargs)
           && check_parameter(c, a->kwarg);
}

static int
gen_keyword_defaults(KsCompiler *c, KsArguments *a, int *flags)
{
    Py_ssize_t total = KS_LEN(a->kwonlyargs), count = 0;
    for (Py_ssize_t i = 0; i < total; i++)
        count += a->kw_defaults->items[i] != NULL;
    if (count == 0)
        return 1;
    PyObject *names = PyTuple_New(count);
    DO(names != NULL);
    for (Py_ssize_t i = 0, used = 0; i < total; i++) {
        if (a->kw_defaults->items[i] == NULL)
            continue;
        PyObject *name = ks_mangle(c->arena, c->unit->private_name, a->kwonlyargs->items[i]->arg);
        if (name == NULL || !ks_gen_expr(c, a->kw_defaults->items[i])) {
            Py_DECREF(names);
            return 0;
        }
        PyTuple_SET_ITEM(names, used++, Py_NewRef(name));
    }
    DO(ks_emit_new_const(c, names));
    OP_ARG(BUILD_CONST_KEY_MAP, count);
    *flags |= 2;
    return 1;
}

static int
gen_defaults(KsCompiler *c, KsArguments *a, int *flags)
{
    Py_ssize_t count = KS_LEN(a->defaults);
    if (count > 0) {
        *flags |= 1;
        for (Py_ssize_t i = 0; i < count; i++)
            EXPR(a->defaults->items[i]);
        OP_ARG(BUILD_TUPLE, count);
    }
    return gen_keyword_defaults(c, a, flags);
}

static int
gen_parameter_annotation(KsCompiler *c, PyObject *name, KsExpr *annotation, int *count)
{
    if (annotation == NULL)
        return 1;
    PyObject *mangled = ks_mangle(c->arena, c->unit->private_name, name);
    DO(mangled != NULL && ks_emit_const(c, mangled));
    if (!(c->flags & CO_FUTURE_ANNOTATIONS) && annotation->kind == KS_Starred) {
        /* *args: *Ts */
        EXPR(annotation->v.Starred.value);
        OP_ARG(UNPACK_SEQUENCE, 1);
    }
    else
        DO(ks_gen_annotation(c, annotation));
    *count += 2;
    return 1;
}

static int
gen_parameter_annotations(KsCompiler *c, KsArgSeq *args, int *count)
{
    for (Py_ssize_t i = 0, n = KS_LEN(args); i < n; i++)
        DO(gen_parameter_annotation(c, args->items[i]->arg, args->items[i]->annotation, count));
    return 1;
}

static int
gen_annotations(KsCompiler *c, KsArguments *a, KsExpr *returns, int *flags)
{
    int count = 0;
    DO(gen_parameter_annotations(c, a->args, &count));
    DO(gen_parameter_annotations(c, a->posonlyargs, &count));
    if (a->vararg != NULL)
        DO(gen_parameter_annotation(c, a->vararg->arg, a->vararg->annotation, &count));
    DO(gen_parameter_annotations(c, a->kwonlyargs, &count));
    if (a->kwarg != NULL)
        DO(gen_parameter_annotation(c, a->kwarg->arg, a->kwarg->annotation, &count));
    DO(gen_parameter_annotation(c, KS_INTERN("return"), returns, &count));
    if (count > 0) {
        *flags |= 4;
        OP_ARG(BUILD_TUPLE, count);
    }
    return 1;
}

static void
set_counts(KsCompiler *c, KsArguments *a)
{
    c->unit->argcount = (int)KS_LEN(a->args);
    c->unit->posonlyargcount = (int)KS_LEN(a->posonlyargs);
    c->unit->kwonlyargcount = (int)KS_LEN(a->kwonlyargs);
}

/* ---- decorators ---- */

static int
gen_decorators(KsCompiler *c, KsExprSeq *decorators)
{
    for (Py_ssize_t i = 0, n = KS_LEN(decorators); i < n; i++)
        EXPR(decorators->items[i]);
    return 1;
}

static int
gen_apply_decorators(KsCompiler *c, KsExprSeq *decorators)
{
    KsPos whole = c->unit->pos;
    for (Py_ssize_t i = KS_LEN(decorators) - 1; i >= 0; i--) {
        AT(decorators->items[i]);
        OP_ARG(PRECALL, 0);
        OP_ARG(CALL, 0);
    }
    c->unit->pos = whole;
    return 1;
}

static int
first_line(KsStmt *s, KsExprSeq *decorators)
{
    return KS_LEN(decorators) > 0 ? decorators->items[0]->lineno : s->lineno;
}

/* ---- functions ---- */

static int
gen_function_body(KsCompiler *c, KsStmt *s)
{
    KsStmtSeq *body = s->v.FunctionDef.body;
    Py_ssize_t i = ks_gen_docstring_count(c, body);
    /* The first constant is the docstring or None. */
    DO(ks_const_index(c, i > 0 ? ks_ast_docstring(body)->v.Constant.value : Py_None) >= 0);
    set_counts(c, s->v.FunctionDef.args);
    for (Py_ssize_t n = KS_LEN(body); i < n; i++)
        DO(ks_gen_stmt(c, body->items[i]));
    return 1;
}

int
ks_gen_function(KsCompiler *c, KsStmt *s, int is_async)
{
    KsArguments *args = s->v.FunctionDef.args;
    KsExprSeq *decorators = s->v.FunctionDef.decorator_list;
    int flags = 0;
    DO(check_arguments(c, args));
    DO(gen_decorators(c, decorators));
    DO(gen_defaults(c, args, &flags));
    DO(gen_annotations(c, args, s->v.FunctionDef.returns, &flags));
    DO(ks_gen_enter(c, s->v.FunctionDef.name,
                    is_async ? KS_UNIT_ASYNC_FUNCTION : KS_UNIT_FUNCTION, s,
                    first_line(s, decorators)));
    DO(gen_function_body(c, s));
    DO(gen_closure(c, finish_unit(c, 1), flags));
    DO(gen_apply_decorators(c, decorators));
    STORE(s->v.FunctionDef.name);
    return 1;
}

int
ks_gen_lambda(KsCompiler *c, KsExpr *e)
{
    int flags = 0;
    DO(check_arguments(c, e->v.Lambda.args));
    DO(gen_defaults(c, e->v.Lambda.args, &flags));
    DO(ks_gen_enter(c, &_Py_STR(anon_lambda), KS_UNIT_LAMBDA, e, e->lineno));
    DO(ks_const_index(c, Py_None) >= 0); /* no docstring */
    set_counts(c, e->v.Lambda.args);
    EXPR(e->v.Lambda.body);
    if (!c->unit->scope->generator) {
        OP(RETURN_VALUE);
        return gen_closure(c, finish_unit(c, 1), flags);
    }
    return gen_closure(c, finish_unit(c, 0), flags);
}

static int
gen_class_body(KsCompiler *c, KsStmt *s)
{
    c->unit->private_name = s->v.ClassDef.name;
    DO(ks_emit_variable(c, KS_INTERN("__name__"), KS_Load));
    STORE(KS_INTERN("__module__"));
    DO(ks_emit_const(c, c->unit->qualname));
    STORE(KS_INTERN("__qualname__"));
    DO(ks_gen_body(c, s->v.ClassDef.body));
    NO_LINE();
    if (c->unit->scope->needs_class_closure) {
        OP_ARG(LOAD_CLOSURE, 0);
        OP_ARG(COPY, 1);
        STORE(KS_INTERN("__classcell__"));
    }
    else
        LOAD_NONE();
    OP(RETURN_VALUE);
    return 1;
}

int
ks_gen_class(KsCompiler *c, KsStmt *s)
{
    KsExprSeq *decorators = s->v.ClassDef.decorator_list;
    DO(gen_decorators(c, decorators));
    DO(ks_gen_enter(c, s->v.ClassDef.name, KS_UNIT_CLASS, s, first_line(s, decorators)));
    DO(gen_class_body(c, s));
    PyCodeObject *code = finish_unit(c, 1);
    if (code == NULL)
        return 0;
    if (!ks_emit(c, PUSH_NULL, 0) || !ks_emit(c, LOAD_BUILD_CLASS, 0)) {
        Py_DECREF(code);
        return 0;
    }
    DO(gen_closure(c, code, 0));
    DO(ks_emit_const(c, s->v.ClassDef.name));
    DO(ks_gen_call_helper(c, 2, s->v.ClassDef.bases, s->v.ClassDef.keywords));
    DO(gen_apply_decorators(c, decorators));
    STORE(s->v.ClassDef.name);
    return 1;
}

/* ---- comprehensions ---- */

typedef struct Comprehension {
    KsExprKind kind;
    KsComprehensionSeq *generators;
    KsExpr *element, *value;
} Comprehension;

static int gen_generators(KsCompiler *c, Comprehension *comp, int index, int depth);

/* The innermost step: what happens with each element. */
static int
gen_element(KsCompiler *c, Comprehension *comp, int depth)
{
    EXPR(comp->element);
    switch (comp->kind) {
        case KS_GeneratorExp:
            if (c->unit->scope->generator && c->unit->scope->coroutine)
                OP(ASYNC_GEN_WRAP);
            OP(YIELD_VALUE);
            OP_ARG(RESUME, 1);
            OP(POP_TOP);
            return 1;
        case KS_ListComp:
            return ks_emit(c, LIST_APPEND, depth + 1);
        case KS_SetComp:
            return ks_emit(c, SET_ADD, depth + 1);
        default:
            EXPR(comp->value);
            return ks_emit(c, MAP_ADD, depth + 1);
    }
}

static int
gen_conditions(KsCompiler *c, KsExprSeq *ifs, KsBlock *otherwise)
{
    for (Py_ssize_t i = 0, n = KS_LEN(ifs); i < n; i++)
        DO(ks_gen_jump_if(c, ifs->items[i], otherwise, 0));
    return 1;
}

static int
gen_inner(KsCompiler *c, Comprehension *comp, int index, int depth)
{
    if (index + 1 < comp->generators->count)
        return gen_generators(c, comp, index + 1, depth);
    return gen_element(c, comp, depth);
}

static int
gen_sync_generator(KsCompiler *c, Comprehension *comp, int index, int depth)
{
    KsComprehension *generator = comp->generators->items[index];
    NEW_BLOCK(start);
    NEW_BLOCK(otherwise);
    NEW_BLOCK(end);
    int loops = 1;
    if (index == 0) {
        c->unit->argcount = 1;
        OP_ARG(LOAD_FAST, 0);
    }
    else {
        /* for x in [y]: an assignment, not a loop. */
        KsExpr *iter = generator->iter;
        KsExprSeq *elts = iter->kind == KS_List    ? iter->v.List.elts
                          : iter->kind == KS_Tuple ? iter->v.Tuple.elts
                                                   : NULL;
        if (KS_LEN(elts) == 1 && elts->items[0]->kind != KS_Starred) {
            EXPR(elts->items[0]);
            loops = 0;
        }
        else {
            EXPR(iter);
            OP(GET_ITER);
        }
    }
    if (loops) {
        depth++;
        START(start);
        JUMP_TO(FOR_ITER, end);
    }
    EXPR(generator->target);
    DO(gen_conditions(c, generator->ifs, otherwise));
    DO(gen_inner(c, comp, index, depth));
    START(otherwise);
    if (loops) {
        JUMP_TO(KS_OP_JUMP, start);
        START(end);
    }
    return 1;
}

static int
gen_async_generator(KsCompiler *c, Comprehension *comp, int index, int depth)
{
    KsComprehension *generator = comp->generators->items[index];
    NEW_BLOCK(start);
    NEW_BLOCK(except);
    NEW_BLOCK(otherwise);
    if (index == 0) {
        c->unit->argcount = 1;
        OP_ARG(LOAD_FAST, 0);
    }
    else {
        EXPR(generator->iter);
        OP(GET_AITER);
    }
    START(start);
    DO(ks_gen_push(c, KS_FRAME_ASYNC_COMPREHENSION, start, NULL, NULL));
    JUMP_TO(KS_OP_SETUP_FINALLY, except);
    OP(GET_ANEXT);
    LOAD_NONE();
    DO(ks_gen_yield_from(c, 1));
    OP(KS_OP_POP_BLOCK);
    EXPR(generator->target);
    DO(gen_conditions(c, generator->ifs, otherwise));
    DO(gen_inner(c, comp, index, depth + 1));
    START(otherwise);
    JUMP_TO(KS_OP_JUMP, start);
    ks_gen_pop(c);
    START(except);
    OP(END_ASYNC_FOR);
    return 1;
}

static int
gen_generators(KsCompiler *c, Comprehension *comp, int index, int depth)
{
    return comp->generators->items[index]->is_async ? gen_async_generator(c, comp, index, depth)
                                                    : gen_sync_generator(c, comp, index, depth);
}

static PyObject *
describe_comprehension(KsExpr *e, Comprehension *comp)
{
    switch (e->kind) {
        case KS_GeneratorExp:
            *comp = (Comprehension){e->kind, e->v.GeneratorExp.generators, e->v.GeneratorExp.elt,
                                    NULL};
            return &_Py_STR(anon_genexpr);
        case KS_ListComp:
            *comp = (Comprehension){e->kind, e->v.ListComp.generators, e->v.ListComp.elt, NULL};
            return &_Py_STR(anon_listcomp);
        case KS_SetComp:
            *comp = (Comprehension){e->kind, e->v.SetComp.generators, e->v.SetComp.elt, NULL};
            return &_Py_STR(anon_setcomp);
        default:
            *comp = (Comprehension){e->kind, e->v.DictComp.generators, e->v.DictComp.key,
                                    e->v.DictComp.value};
            return &_Py_STR(anon_dictcomp);
    }
}

int
ks_gen_comprehension(KsCompiler *c, KsExpr *e)
{
    Comprehension comp;
    KsUnitKind around = c->unit->kind;
    int top_level_await = ks_gen_is_top_level_await(c);
    PyObject *name = describe_comprehension(e, &comp);
    int is_generator = comp.kind == KS_GeneratorExp;
    KsComprehension *outermost = comp.generators->items[0];
    DO(ks_gen_enter(c, name, KS_UNIT_COMPREHENSION, e, e->lineno));
    AT(e);
    int is_async = c->unit->scope->coroutine;
    if (is_async && !is_generator && around != KS_UNIT_ASYNC_FUNCTION
        && around != KS_UNIT_COMPREHENSION && !top_level_await)
        return ks_gen_error(c, "asynchronous comprehension outside of an asynchronous function");
    if (!is_generator)
        OP_ARG(comp.kind == KS_ListComp  ? BUILD_LIST
               : comp.kind == KS_SetComp ? BUILD_SET
                                         : BUILD_MAP,
               0);
    DO(gen_generators(c, &comp, 0, 0));
    if (!is_generator)
        OP(RETURN_VALUE);
    PyCodeObject *code = finish_unit(c, 1);
    if (code != NULL && top_level_await && is_async)
        c->unit->scope->coroutine = 1;
    DO(gen_closure(c, code, 0));
    EXPR(outermost->iter);
    OP(outermost->is_async ? GET_AITER : GET_ITER);
    OP_ARG(PRECALL, 0);
    OP_ARG(CALL, 0);
    return !is_async || is_generator || ks_gen_await(c);
}
