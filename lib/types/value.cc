#include "mosaic/value.h"

namespace mosaic {

Value Value::bytes(std::string data) {
    Value value(std::move(data));
    value.kind_ = ValueKind::kBytes;
    return value;
}

Value Value::decimal(std::string digits) {
    Value value(std::move(digits));
    value.kind_ = ValueKind::kDecimal;
    return value;
}

}  // namespace mosaic
