// SPDX-License-Identifier: MIT
// What an update may leave beside a new program: a module for GPUs with the door of an earlier version.
extern "C" __attribute__((visibility("default"))) void spoutnik_cuda_open_1(void* /*call*/) {
}
