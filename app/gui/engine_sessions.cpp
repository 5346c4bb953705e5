// SPDX-License-Identifier: MIT
#include "app/gui/model_controller.h"

namespace spoutnik::app {

SessionFactory engine_sessions() {
    return &engine::Session::open;
}

} // namespace spoutnik::app
