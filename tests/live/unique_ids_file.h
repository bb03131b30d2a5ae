#pragma once

#include "mosaic/id.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace mosaic::test {

/// Ids in the order in which one process was given them, in a file that is mapped into memory: what
/// was appended is there for others at once, and stays when the process is killed. Who opens the
/// file again appends behind what is in it. What goes wrong is thrown as std::runtime_error.
///
/// \par Thread safety
/// One appends; all others may read, from any process.
class IdFile {
public:
    /// The halves of a UUID, or a number and 0. No id's `high` is 0.
    struct Record {
        std::uint64_t high = 0;
        std::uint64_t low = 0;
        friend auto operator<=>(const Record&, const Record&) = default;
    };

    IdFile(const std::filesystem::path& path, std::size_t capacity);
    ~IdFile();
    IdFile(const IdFile&) = delete;
    IdFile& operator=(const IdFile&) = delete;

    /// \pre there is room for them
    void append(std::span<const Id> ids);

    /// For who appends.
    [[nodiscard]] std::size_t room() const { return capacity_ - end_; }

    [[nodiscard]] std::size_t size() const;

    [[nodiscard]] std::span<const Record> records() const { return {records_, size()}; }

private:
    std::size_t capacity_;
    Record* records_ = nullptr;
    std::size_t end_ = 0;  ///< Where append() goes on.
};

}  // namespace mosaic::test
