// Memory for the search trees and the evaluation caches.
//
// A pool holds thousands of small trees and touches each of them briefly in every round, so the
// processor looks up as many pages as there are trees. Blocks are therefore cut from large pages,
// if the system has them. With 1,024 games of Connect Four this alone saves a fifth of the time. A
// block that is given back is kept for the next user of its size.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace zero {

// Blocks of 2^n bytes, shared by all threads.
class Blocks {
 public:
  static constexpr int kSmallest = 9;
  static constexpr int kSlab = 21;  // a large page of x86 and Arm: 2 MiB

  static Blocks& shared() {
    static Blocks* const blocks = new Blocks;  // never deleted, so that it outlives every tree
    return *blocks;
  }

  std::byte* take(int log2) {
    if (log2 >= kSlab) return allocate(std::size_t{1} << log2);
    const std::lock_guard lock(mutex_);
    std::vector<std::byte*>& list = free_[static_cast<std::size_t>(log2)];
    if (list.empty()) cut(log2);
    std::byte* const block = list.back();
    list.pop_back();
    return block;
  }
  void give_back(std::byte* block, int log2) noexcept {
    if (log2 >= kSlab) {
      ::operator delete(block, std::align_val_t{std::size_t{1} << kSlab});
      return;
    }
    const std::lock_guard lock(mutex_);
    free_[static_cast<std::size_t>(log2)].push_back(block);
  }

 private:
  static std::byte* allocate(std::size_t bytes) {
    void* const raw = ::operator new(bytes, std::align_val_t{std::size_t{1} << kSlab});
#ifdef MADV_HUGEPAGE
    madvise(raw, bytes, MADV_HUGEPAGE);  // only advice: failure does not matter
#endif
    return static_cast<std::byte*>(raw);
  }
  // Cuts a new slab into blocks of this size.
  void cut(int log2) {
    std::byte* const slab = allocate(std::size_t{1} << kSlab);
    std::vector<std::byte*>& list = free_[static_cast<std::size_t>(log2)];
    const std::size_t count = std::size_t{1} << (kSlab - log2);
    list.reserve(list.capacity() + count);  // so that give_back never allocates
    for (std::size_t i = count; i > 0; --i) list.push_back(slab + ((i - 1) << log2));
  }

  std::mutex mutex_;
  std::array<std::vector<std::byte*>, kSlab> free_;
};

// A growing array of plain values that keeps its memory when it shrinks. New values are not
// initialised.
template <typename T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  Buffer(const Buffer& other) { *this = other; }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(const Buffer& other) {
    if (this == &other) return *this;
    size_ = 0;
    if (other.size_ > 0) std::memcpy(extend(other.size_), other.data_, other.size_ * sizeof(T));
    return *this;
  }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Buffer() {
    if (data_ != nullptr) Blocks::shared().give_back(reinterpret_cast<std::byte*>(data_), log2_);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::size_t bytes_held() const { return data_ == nullptr ? 0 : std::size_t{1} << log2_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }

  void shrink(std::size_t size) { size_ = size; }
  // Adds `count` values at the end. Invalidates pointers into the buffer.
  T* extend(std::size_t count) {
    if ((size_ + count) * sizeof(T) > bytes_held()) grow(size_ + count);
    size_ += count;
    return data_ + (size_ - count);
  }
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(log2_, other.log2_);
  }

 private:
  void grow(std::size_t count) {
    const int log2 =
        std::max<int>(Blocks::kSmallest, static_cast<int>(std::bit_width(count * sizeof(T) - 1)));
    T* const data = reinterpret_cast<T*>(Blocks::shared().take(log2));
    if (data_ != nullptr) {
      std::memcpy(data, data_, size_ * sizeof(T));
      Blocks::shared().give_back(reinterpret_cast<std::byte*>(data_), log2_);
    }
    data_ = data;
    log2_ = log2;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  int log2_ = 0;
};

}  // namespace zero
