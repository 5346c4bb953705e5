// SPDX-License-Identifier: MIT
#include "engine/chat_template/value.h"

#include "engine/chat_template/runtime.h"

namespace spoutnik::engine::jinja {

const Value* Dict::find(std::string_view key) const {
    for (const auto& [name, value] : entries)
        if (name.is_string() && name.text() == key) return &value;
    return nullptr;
}

std::optional<Value> Object::attribute(Runtime& /*runtime*/, std::string_view /*name*/) const {
    return std::nullopt;
}

Value Object::call(Runtime& runtime, Arguments& /*arguments*/) const {
    runtime.fail("'" + std::string(type_name()) + "' object is not callable");
}

std::int64_t Value::integer() const {
    if (const bool* boolean = get<bool>()) return *boolean ? 1 : 0;
    return *get<std::int64_t>();
}

double Value::real() const {
    if (const double* number = get<double>()) return *number;
    return static_cast<double>(integer());
}

Sequence* Value::sequence() const {
    const auto* pointer = get<std::shared_ptr<Sequence>>();
    return pointer != nullptr ? pointer->get() : nullptr;
}

const Dict* Value::dict() const {
    const auto* pointer = get<std::shared_ptr<const Dict>>();
    return pointer != nullptr ? pointer->get() : nullptr;
}

Object* Value::object() const {
    const auto* pointer = get<std::shared_ptr<Object>>();
    return pointer != nullptr ? pointer->get() : nullptr;
}

std::uint32_t Value::depth() const {
    if (const Sequence* items = sequence()) return items->depth;
    if (const Dict* entries = dict()) return entries->depth;
    if (const Object* thing = object()) return thing->depth();
    return 0;
}

std::string_view type_name(const Value& value) {
    if (value.is_undefined()) return "Undefined";
    if (value.is_none()) return "NoneType";
    if (value.is_boolean()) return "bool";
    if (value.is_integral()) return "int";
    if (value.is_real()) return "float";
    if (value.is_string()) return "str";
    if (value.dict() != nullptr) return "dict";
    if (const Object* object = value.object()) return object->type_name();
    switch (value.sequence()->type) {
    case Sequence::Type::list:
        return "list";
    case Sequence::Type::tuple:
        return "tuple";
    case Sequence::Type::iterator:
        return "generator";
    case Sequence::Type::range:
        return "range";
    case Sequence::Type::view:
        break;
    }
    return value.sequence()->label;
}

bool is_true(const Value& value) {
    if (value.is_undefined() || value.is_none()) return false;
    if (value.is_integral()) return value.integer() != 0;
    if (value.is_real()) return value.real() != 0;
    if (value.is_string()) return !value.text().empty();
    if (const Dict* dict = value.dict()) return !dict->entries.empty();
    if (const Sequence* sequence = value.sequence())
        return sequence->type == Sequence::Type::iterator || !sequence->items.empty();
    return true;
}

} // namespace spoutnik::engine::jinja
