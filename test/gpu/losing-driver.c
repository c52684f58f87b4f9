/*
 * A Vulkan driver that hands everything on to another one (LOSING_DRIVER, a library) until the file LOSING_WHEN exists.
 * From then on work that is submitted is answered by "device lost", or, if the file holds "memory", new memory by "out of
 * device memory". For the Vulkan loader's driver interface see its LoaderDriverInterface.md.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*function)(void);
typedef function (*find)(void *, const char *);
enum { DEVICE_LOST = -4, OUT_OF_DEVICE_MEMORY = -2 };

static void *driver;
static find find_in_instance, find_in_device, find_physical;
static int (*submit)(void *, uint32_t, const void *, uint64_t);
static int (*submit2)(void *, uint32_t, const void *, uint64_t);
static int (*wait_for_fences)(void *, uint32_t, const void *, uint32_t, uint64_t);
static int (*fence_status)(void *, uint64_t);
static int (*allocate)(void *, const void *, const void *, void *);

/* 0: not yet, 1: the device is lost, 2: its memory is used up. */
static int state(void) {
  FILE *file = fopen(getenv("LOSING_WHEN"), "r");
  char word[8] = "";
  if (file == NULL) return 0;
  if (fgets(word, sizeof word, file) == NULL) word[0] = 0;
  fclose(file);
  return strncmp(word, "memory", 6) == 0 ? 2 : 1;
}

static int my_submit(void *queue, uint32_t count, const void *work, uint64_t fence) {
  return state() == 1 ? DEVICE_LOST : submit(queue, count, work, fence);
}
static int my_submit2(void *queue, uint32_t count, const void *work, uint64_t fence) {
  return state() == 1 ? DEVICE_LOST : submit2(queue, count, work, fence);
}
static int my_wait_for_fences(void *device, uint32_t count, const void *fences, uint32_t all, uint64_t timeout) {
  return state() == 1 ? DEVICE_LOST : wait_for_fences(device, count, fences, all, timeout);
}
static int my_fence_status(void *device, uint64_t fence) {
  return state() == 1 ? DEVICE_LOST : fence_status(device, fence);
}
static int my_allocate(void *device, const void *wanted, const void *allocator, void *memory) {
  return state() == 2 ? OUT_OF_DEVICE_MEMORY : allocate(device, wanted, allocator, memory);
}

/* The driver's `found`, or the one of this file in its place. */
static function replaced(const char *name, function found) {
  if (found == NULL) return NULL;
#define REPLACE(vulkan, kept, mine) if (strcmp(name, vulkan) == 0) { *(function *)&kept = found; return (function)mine; }
  REPLACE("vkQueueSubmit", submit, my_submit)
  REPLACE("vkQueueSubmit2", submit2, my_submit2)
  REPLACE("vkQueueSubmit2KHR", submit2, my_submit2)
  REPLACE("vkWaitForFences", wait_for_fences, my_wait_for_fences)
  REPLACE("vkGetFenceStatus", fence_status, my_fence_status)
  REPLACE("vkAllocateMemory", allocate, my_allocate)
  return found;
}

static function device_function(void *device, const char *name) {
  return replaced(name, find_in_device(device, name));
}

static function load(const char *name) {
  if (driver == NULL) driver = dlopen(getenv("LOSING_DRIVER"), RTLD_NOW | RTLD_LOCAL);
  return driver == NULL ? NULL : (function)dlsym(driver, name);
}

function vk_icdGetInstanceProcAddr(void *instance, const char *name) {
  if (find_in_instance == NULL) find_in_instance = (find)load("vk_icdGetInstanceProcAddr");
  function found = find_in_instance == NULL ? NULL : find_in_instance(instance, name);
  if (found != NULL && strcmp(name, "vkGetDeviceProcAddr") == 0) {
    find_in_device = (find)found;
    return (function)device_function;
  }
  return replaced(name, found);
}

function vk_icdGetPhysicalDeviceProcAddr(void *instance, const char *name) {
  if (find_physical == NULL) find_physical = (find)load("vk_icdGetPhysicalDeviceProcAddr");
  return find_physical == NULL ? NULL : find_physical(instance, name);
}

int vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *version) {
  int (*negotiate)(uint32_t *) = (int (*)(uint32_t *))load("vk_icdNegotiateLoaderICDInterfaceVersion");
  return negotiate == NULL ? -9 : negotiate(version);
}
