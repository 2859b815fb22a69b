/* SPDX-License-Identifier: MIT */
/* _Py_hashtable: a chained hash table of C pointers, for tracemalloc and for modules that ask.
 *
 * Entries of a bucket form a list whose link is the entry's first member. The number of buckets is
 * a power of two; the table keeps between a tenth and a half as many entries as buckets. */
#include "Python.h"

#include "pycore_hashtable.h"

#include "ks_base.h"

#define BUCKETS_MIN 16
#define HEAD(table, index) ((_Py_hashtable_entry_t *)(table)->buckets[index].head)
#define NEXT(entry) ((_Py_hashtable_entry_t *)(entry)->_Py_slist_item.next)

Py_uhash_t
_Py_hashtable_hash_ptr(const void *key)
{
    return (Py_uhash_t)_Py_HashPointerRaw(key);
}

int
_Py_hashtable_compare_direct(const void *a, const void *b)
{
    return a == b;
}

static _Py_hashtable_entry_t *
entry_find(_Py_hashtable_t *table, const void *key)
{
    Py_uhash_t hash = table->hash_func(key);
    _Py_hashtable_entry_t *entry = HEAD(table, hash & (table->nbuckets - 1));
    while (entry != NULL && !(entry->key_hash == hash && table->compare_func(key, entry->key)))
        entry = NEXT(entry);
    return entry;
}

_Py_hashtable_t *
_Py_hashtable_new_full(_Py_hashtable_hash_func hash_func, _Py_hashtable_compare_func compare_func,
                       _Py_hashtable_destroy_func key_destroy,
                       _Py_hashtable_destroy_func value_destroy,
                       _Py_hashtable_allocator_t *allocator)
{
    _Py_hashtable_allocator_t alloc = {PyMem_Malloc, PyMem_Free};
    if (allocator != NULL)
        alloc = *allocator;
    _Py_hashtable_t *table = alloc.malloc(sizeof *table);
    if (table == NULL)
        return NULL;
    size_t bytes = BUCKETS_MIN * sizeof table->buckets[0];
    *table = (_Py_hashtable_t){
        .nbuckets = BUCKETS_MIN, .buckets = alloc.malloc(bytes), .get_entry_func = entry_find,
        .hash_func = hash_func, .compare_func = compare_func, .key_destroy_func = key_destroy,
        .value_destroy_func = value_destroy, .alloc = alloc};
    if (table->buckets == NULL) {
        alloc.free(table);
        return NULL;
    }
    memset(table->buckets, 0, bytes);
    return table;
}

_Py_hashtable_t *
_Py_hashtable_new(_Py_hashtable_hash_func hash_func, _Py_hashtable_compare_func compare_func)
{
    return _Py_hashtable_new_full(hash_func, compare_func, NULL, NULL, NULL);
}

static void
entry_link(_Py_hashtable_t *table, _Py_hashtable_entry_t *entry)
{
    _Py_slist_t *bucket = &table->buckets[entry->key_hash & (table->nbuckets - 1)];
    entry->_Py_slist_item.next = bucket->head;
    bucket->head = &entry->_Py_slist_item;
}

/* Gives the table as many buckets as its entries need; without memory it stays as it is. */
static void
rehash(_Py_hashtable_t *table)
{
    size_t count = BUCKETS_MIN;
    while (count < table->nentries * 10 / 3)
        count *= 2;
    if (count == table->nbuckets)
        return;
    _Py_slist_t *buckets = table->alloc.malloc(count * sizeof *buckets);
    if (buckets == NULL)
        return;
    memset(buckets, 0, count * sizeof *buckets);
    _Py_hashtable_t before = *table;
    table->buckets = buckets;
    table->nbuckets = count;
    for (size_t i = 0; i < before.nbuckets; i++) {
        for (_Py_hashtable_entry_t *entry = HEAD(&before, i), *next; entry != NULL; entry = next) {
            next = NEXT(entry);
            entry_link(table, entry);
        }
    }
    table->alloc.free(before.buckets);
}

int
_Py_hashtable_set(_Py_hashtable_t *table, const void *key, void *value)
{
    _Py_hashtable_entry_t *entry = table->alloc.malloc(sizeof *entry);
    if (entry == NULL)
        return -1;
    entry->key_hash = table->hash_func(key);
    entry->key = (void *)key;
    entry->value = value;
    if (++table->nentries > table->nbuckets / 2)
        rehash(table);
    entry_link(table, entry);
    return 0;
}

void *
_Py_hashtable_get(_Py_hashtable_t *table, const void *key)
{
    _Py_hashtable_entry_t *entry = table->get_entry_func(table, key);
    return entry != NULL ? entry->value : NULL;
}

void *
_Py_hashtable_steal(_Py_hashtable_t *table, const void *key)
{
    Py_uhash_t hash = table->hash_func(key);
    _Py_slist_item_t **link = &table->buckets[hash & (table->nbuckets - 1)].head;
    for (; *link != NULL; link = &(*link)->next) {
        _Py_hashtable_entry_t *entry = (_Py_hashtable_entry_t *)*link;
        if (entry->key_hash != hash || !table->compare_func(key, entry->key))
            continue;
        *link = entry->_Py_slist_item.next;
        void *value = entry->value;
        table->alloc.free(entry);
        if (--table->nentries < table->nbuckets / 10)
            rehash(table);
        return value;
    }
    return NULL;
}

int
_Py_hashtable_foreach(_Py_hashtable_t *table, _Py_hashtable_foreach_func function, void *userdata)
{
    for (size_t i = 0; i < table->nbuckets; i++) {
        for (_Py_hashtable_entry_t *entry = HEAD(table, i); entry != NULL; entry = NEXT(entry)) {
            int stop = function(table, entry->key, entry->value, userdata);
            if (stop)
                return stop;
        }
    }
    return 0;
}

size_t
_Py_hashtable_size(const _Py_hashtable_t *table)
{
    return sizeof *table + table->nbuckets * sizeof table->buckets[0] +
           table->nentries * sizeof(_Py_hashtable_entry_t);
}

static void
entries_destroy(_Py_hashtable_t *table)
{
    for (size_t i = 0; i < table->nbuckets; i++) {
        for (_Py_hashtable_entry_t *entry = HEAD(table, i), *next; entry != NULL; entry = next) {
            next = NEXT(entry);
            if (table->key_destroy_func != NULL)
                table->key_destroy_func(entry->key);
            if (table->value_destroy_func != NULL)
                table->value_destroy_func(entry->value);
            table->alloc.free(entry);
        }
        table->buckets[i].head = NULL;
    }
    table->nentries = 0;
}

void
_Py_hashtable_clear(_Py_hashtable_t *table)
{
    entries_destroy(table);
    rehash(table);
}

void
_Py_hashtable_destroy(_Py_hashtable_t *table)
{
    entries_destroy(table);
    table->alloc.free(table->buckets);
    table->alloc.free(table);
}
