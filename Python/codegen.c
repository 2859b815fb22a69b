/* SPDX-License-Identifier: MIT */
/* Code generation: units, blocks, emission of single instructions, names, errors.
 *
 * The position of an instruction is the unit's current one; visiting a statement sets it, visiting
 * an expression sets it and puts it back. Instructions behind one that leaves the block open a
 * new block by themselves, so that only the last instruction of a block jumps. */
#include "ks_codegen.h"

/* ---- blocks ---- */

KsBlock *
ks_gen_block(KsCompiler *c)
{
    return ks_block_new(c, c->unit);
}

void
ks_gen_use(KsCompiler *c, KsBlock *block)
{
    c->unit->current->next = block;
    c->unit->current = block;
}

static int
ends_block(int opcode)
{
    return opcode == RETURN_VALUE || opcode == RAISE_VARARGS || opcode == RERAISE
           || ks_opcode_is_jump(opcode);
}

static KsInstr *
emit_slot(KsCompiler *c)
{
    KsBlock *block = c->unit->current;
    if (block->count > 0 && ends_block(block->instrs[block->count - 1].opcode)) {
        block = ks_gen_block(c);
        if (block == NULL)
            return NULL;
        ks_gen_use(c, block);
    }
    return ks_block_push(c, block);
}

int
ks_emit_at(KsCompiler *c, int opcode, int oparg, KsPos pos)
{
    KsInstr *instr = emit_slot(c);
    if (instr == NULL)
        return 0;
    *instr = (KsInstr){opcode, oparg, NULL, NULL, pos};
    return 1;
}

int
ks_emit(KsCompiler *c, int opcode, int oparg)
{
    return ks_emit_at(c, opcode, oparg, c->unit->pos);
}

int
ks_emit_jump_at(KsCompiler *c, int opcode, KsBlock *target, KsPos pos)
{
    KsInstr *instr = emit_slot(c);
    if (instr == NULL)
        return 0;
    *instr = (KsInstr){opcode, 0, target, NULL, pos};
    return 1;
}

int
ks_emit_jump(KsCompiler *c, int opcode, KsBlock *target)
{
    return ks_emit_jump_at(c, opcode, target, c->unit->pos);
}

int
ks_emit_const(KsCompiler *c, PyObject *value)
{
    int index = ks_const_index(c, value);
    return index >= 0 && ks_emit(c, LOAD_CONST, index);
}

int
ks_emit_new_const(KsCompiler *c, PyObject *value)
{
    PyObject *merged = ks_const_merge(c, value);
    int index = merged == NULL ? -1 : ks_name_add(&c->unit->consts, c->arena, merged);
    return index >= 0 && ks_emit(c, LOAD_CONST, index);
}

int
ks_emit_name(KsCompiler *c, int opcode, PyObject *name)
{
    PyObject *mangled = ks_mangle(c->arena, c->unit->private_name, name);
    int index = mangled == NULL ? -1 : ks_name_add(&c->unit->names, c->arena, mangled);
    return index >= 0 && ks_emit(c, opcode, index);
}

/* ---- variables ---- */

typedef enum Access { ACCESS_FAST, ACCESS_GLOBAL, ACCESS_DEREF, ACCESS_NAME } Access;

static const uint8_t access_opcodes[][4] = {
    [ACCESS_FAST] = {0, LOAD_FAST, STORE_FAST, DELETE_FAST},
    [ACCESS_GLOBAL] = {0, LOAD_GLOBAL, STORE_GLOBAL, DELETE_GLOBAL},
    [ACCESS_DEREF] = {0, LOAD_DEREF, STORE_DEREF, DELETE_DEREF},
    [ACCESS_NAME] = {0, LOAD_NAME, STORE_NAME, DELETE_NAME},
};
_Static_assert(KS_Load == 1 && KS_Store == 2 && KS_Del == 3, "columns of access_opcodes");

int
ks_emit_variable(KsCompiler *c, PyObject *name, KsExprContext ctx)
{
    KsUnit *u = c->unit;
    PyObject *mangled = ks_mangle(c->arena, u->private_name, name);
    if (mangled == NULL)
        return 0;
    if (ctx != KS_Load && name == KS_INTERN("__debug__"))
        return ks_gen_error(c, ctx == KS_Store ? "cannot assign to __debug__"
                                               : "cannot delete __debug__");
    KsSymbol *symbol = ks_scope_find(u->scope, mangled);
    int in_function = u->scope->type == FunctionBlock, index;
    Access access = ACCESS_NAME;
    switch (symbol == NULL ? 0 : symbol->scope) {
        case FREE:
        case CELL:
            access = ACCESS_DEREF;
            break;
        case LOCAL:
            if (in_function)
                access = ACCESS_FAST;
            break;
        case GLOBAL_IMPLICIT:
            if (in_function)
                access = ACCESS_GLOBAL;
            break;
        case GLOBAL_EXPLICIT:
            access = ACCESS_GLOBAL;
            break;
    }
    int opcode = access_opcodes[access][ctx];
    if (access == ACCESS_FAST)
        index = ks_name_add(&u->varnames, c->arena, mangled);
    else if (access == ACCESS_DEREF) {
        if (symbol->scope == CELL)
            index = ks_name_find(&u->cellvars, mangled);
        else
            index = u->cellvars.count + ks_name_find(&u->freevars, mangled);
        if (opcode == LOAD_DEREF && u->scope->type == ClassBlock)
            opcode = LOAD_CLASSDEREF;
    }
    else
        index = ks_name_add(&u->names, c->arena, mangled);
    /* The lowest bit of a global's operand asks for a NULL below the value. */
    return index >= 0 && ks_emit(c, opcode, opcode == LOAD_GLOBAL ? index << 1 : index);
}

/* ---- units ---- */

static int
compare_names(const void *a, const void *b)
{
    return PyUnicode_Compare(*(PyObject *const *)a, *(PyObject *const *)b);
}

/* Adds the names whose scope is as given, or that have the flag, sorted. */
static int
collect_names(KsCompiler *c, KsScope *scope, KsNameMap *map, int kind, int flag)
{
    int count = 0, total = scope->names.count;
    PyObject **found = ks_arena_alloc(c->arena, (size_t)total * sizeof(PyObject *) + 8);
    if (found == NULL)
        return 0;
    for (int i = 0; i < total; i++) {
        if (scope->symbols[i].scope == kind || (scope->symbols[i].flags & flag))
            found[count++] = scope->names.names[i];
    }
    if (count > 1)
        qsort(found, (size_t)count, sizeof(PyObject *), compare_names);
    for (int i = 0; i < count; i++) {
        if (ks_name_add(map, c->arena, found[i]) < 0)
            return 0;
    }
    return 1;
}

static int
set_qualname(KsCompiler *c, KsUnit *u)
{
    KsUnit *outer = u->outer;
    u->qualname = u->name;
    if (outer == NULL || outer->outer == NULL)
        return 1;
    if (u->kind == KS_UNIT_FUNCTION || u->kind == KS_UNIT_ASYNC_FUNCTION
        || u->kind == KS_UNIT_CLASS) {
        PyObject *mangled = ks_mangle(c->arena, outer->private_name, u->name);
        if (mangled == NULL)
            return 0;
        KsSymbol *symbol = ks_scope_find(outer->scope, mangled);
        if (symbol != NULL && symbol->scope == GLOBAL_EXPLICIT)
            return 1;
    }
    int is_function = outer->kind == KS_UNIT_FUNCTION || outer->kind == KS_UNIT_ASYNC_FUNCTION
                      || outer->kind == KS_UNIT_LAMBDA;
    u->qualname = PyUnicode_FromFormat(is_function ? "%U.<locals>.%U" : "%U.%U", outer->qualname,
                                       u->name);
    return ks_arena_own(c->arena, u->qualname) == 0;
}

int
ks_gen_enter(KsCompiler *c, PyObject *name, KsUnitKind kind, void *node, int lineno)
{
    KsUnit *u = ks_arena_alloc(c->arena, sizeof(KsUnit)), *outer = c->unit;
    KsScope *scope = ks_symtable_lookup(c->st, node);
    if (u == NULL || scope == NULL || name == NULL)
        return 0;
    memset(u, 0, offsetof(KsUnit, frames));
    u->frame_count = u->block_count = 0;
    u->outer = outer;
    u->scope = scope;
    u->kind = kind;
    u->name = name;
    u->private_name = outer == NULL ? NULL : outer->private_name;
    u->firstlineno = lineno;
    u->pos = (KsPos){lineno, 0, lineno, 0};
    for (int i = 0; i < scope->params.count; i++) {
        if (ks_name_add(&u->varnames, c->arena, scope->params.names[i]) < 0)
            return 0;
    }
    if (!collect_names(c, scope, &u->cellvars, CELL, 0))
        return 0;
    if (scope->needs_class_closure
        && ks_name_add(&u->cellvars, c->arena, KS_INTERN("__class__")) < 0)
        return 0;
    if (!collect_names(c, scope, &u->freevars, FREE, DEF_FREE_CLASS))
        return 0;
    u->current = ks_block_new(c, u);
    if (u->current == NULL)
        return 0;
    c->unit = u;
    c->nested++;
    if (kind == KS_UNIT_MODULE)
        u->pos.lineno = 0;
    else if (!set_qualname(c, u))
        return 0;
    OP_ARG(RESUME, 0);
    if (kind == KS_UNIT_MODULE)
        u->pos.lineno = -1;
    return 1;
}

void
ks_gen_leave(KsCompiler *c)
{
    c->unit = c->unit->outer;
    c->nested--;
}

int
ks_gen_push(KsCompiler *c, KsFrameKind kind, KsBlock *block, KsBlock *exit, void *datum)
{
    KsUnit *u = c->unit;
    if (u->frame_count >= CO_MAXBLOCKS)
        return ks_gen_error(c, "too many statically nested blocks");
    u->frames[u->frame_count++] = (KsFrameBlock){kind, block, exit, datum};
    return 1;
}

void
ks_gen_pop(KsCompiler *c)
{
    c->unit->frame_count--;
}

/* ---- errors ---- */

static int
raise_syntax_error(KsCompiler *c, KsPos pos, const char *format, va_list arguments)
{
    KS_OWNED PyObject *message = PyUnicode_FromFormatV(format, arguments);
    if (message == NULL)
        return 0;
    KS_OWNED PyObject *text = PyErr_ProgramTextObject(c->filename, pos.lineno);
    if (text == NULL)
        text = Py_NewRef(Py_None);
    KS_OWNED PyObject *args =
        Py_BuildValue("O(OiiOii)", message, c->filename, pos.lineno, pos.col_offset + 1, text,
                      pos.end_lineno, pos.end_col_offset + 1);
    if (args != NULL)
        PyErr_SetObject(PyExc_SyntaxError, args);
    return 0;
}

int
ks_gen_error_at(KsCompiler *c, KsPos pos, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    raise_syntax_error(c, pos, format, arguments);
    va_end(arguments);
    return 0;
}

int
ks_gen_error(KsCompiler *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    raise_syntax_error(c, c->unit->pos, format, arguments);
    va_end(arguments);
    return 0;
}

/* 1 if compilation goes on, 0 if the warning has become an error. */
int
ks_gen_warn(KsCompiler *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    KS_OWNED PyObject *message = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    if (message == NULL)
        return 0;
    if (PyErr_WarnExplicitObject(PyExc_SyntaxWarning, message, c->filename, c->unit->pos.lineno,
                                 NULL, NULL) < 0) {
        if (PyErr_ExceptionMatches(PyExc_SyntaxWarning)) {
            PyErr_Clear();
            ks_gen_error(c, "%U", message);
        }
        return 0;
    }
    return 1;
}

int
ks_gen_is_top_level_await(KsCompiler *c)
{
    return (c->flags & PyCF_ALLOW_TOP_LEVEL_AWAIT) && c->unit->scope->type == ModuleBlock;
}
