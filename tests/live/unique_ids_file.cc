#include "unique_ids_file.h"

#include <atomic>
#include <bit>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace mosaic::test {
namespace {

std::uint64_t half(const std::uint8_t* bytes) {
    std::uint64_t number = 0;
    for (int i = 0; i < 8; ++i) number = number << 8 | bytes[i];
    return number;
}

IdFile::Record record_of(const Id& id) {
    if (!id.is_uuid())
        return {id.number(), 0};
    const auto& bytes = id.uuid().bytes();
    return {half(bytes.data()), half(bytes.data() + 8)};
}

}  // namespace

IdFile::IdFile(const std::filesystem::path& path, std::size_t capacity) : capacity_(capacity) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const std::size_t bytes = capacity * sizeof(Record);
    void* mapped = MAP_FAILED;
    if (fd >= 0 && ::ftruncate(fd, static_cast<off_t>(bytes)) == 0)
        mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        ::close(fd);
    if (mapped == MAP_FAILED)
        throw std::runtime_error("cannot map the file " + path.string());
    records_ = static_cast<Record*>(mapped);
    end_ = size();
}

IdFile::~IdFile() {
    ::munmap(records_, capacity_ * sizeof(Record));
}

void IdFile::append(std::span<const Id> ids) {
    for (const Id& id : ids) {
        const Record record = record_of(id);
        Record& place = records_[end_++];
        place.low = record.low;
        // Last: a record is there when this half is.
        std::atomic_ref(place.high).store(record.high, std::memory_order_release);
    }
}

std::size_t IdFile::size() const {
    std::size_t first = 0;
    std::size_t last = capacity_;
    while (first < last) {
        const std::size_t middle = first + (last - first) / 2;
        if (std::atomic_ref(records_[middle].high).load(std::memory_order_acquire) == 0)
            last = middle;
        else
            first = middle + 1;
    }
    return first;
}

}  // namespace mosaic::test
