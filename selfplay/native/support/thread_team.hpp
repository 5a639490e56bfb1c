// A fixed set of threads that share the chunks of one task at a time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace zero {

class ThreadTeam {
 public:
  // `size` includes the calling thread, which works too.
  explicit ThreadTeam(int size) {
    try {
      for (int i = 1; i < size; ++i) helpers_.emplace_back([this] { help(); });
    } catch (...) {
      close();  // an unjoined thread would end the process
      throw;
    }
  }
  ~ThreadTeam() { close(); }
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int size() const { return static_cast<int>(helpers_.size()) + 1; }

  // Calls task(chunk) for every chunk in [0, chunks) and returns when all are done. Rethrows the
  // first exception of a task.
  void run(int chunks, const std::function<void(int)>& task) {
    if (chunks <= 1 || helpers_.empty()) {
      for (int chunk = 0; chunk < chunks; ++chunk) task(chunk);
      return;
    }
    task_ = &task;
    chunks_ = chunks;
    next_ = 0;
    error_ = nullptr;
    active_ = static_cast<unsigned>(helpers_.size());
    start();
    work();
    await([this] { return active_ == 0; });
    if (error_) std::rethrow_exception(error_);
  }

 private:
  // Threads spin for some tens of microseconds before they sleep: the next part of a round comes
  // sooner than a sleeping thread can wake up.
  static constexpr int kSpins = 2000;

  template <typename Condition>
  void await(Condition condition) {
    for (int spin = 0; spin < kSpins; ++spin) {
      if (condition()) return;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#elif defined(__aarch64__)
      asm volatile("isb");
#endif
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, condition);
  }
  // Call after a change that others wait for. The lock keeps out threads that are about to sleep.
  void announce() {
    {
      const std::lock_guard lock(mutex_);
    }
    changed_.notify_all();
  }

  void start() {
    ++generation_;
    announce();
  }
  void close() {
    closing_ = true;
    start();
    for (std::thread& helper : helpers_) helper.join();
  }
  void work() {
    for (int chunk = next_++; chunk < chunks_; chunk = next_++) {
      try {
        (*task_)(chunk);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::current_exception();
      }
    }
  }
  void help() {
    for (unsigned seen = 0;; ++seen) {
      await([&] { return generation_ != seen; });
      if (closing_) return;
      work();
      if (--active_ == 0) announce();
    }
  }

  std::vector<std::thread> helpers_;
  const std::function<void(int)>* task_ = nullptr;
  int chunks_ = 0;
  std::exception_ptr error_;
  std::mutex mutex_;  // guards the error, and going to sleep
  std::condition_variable changed_;
  std::atomic<bool> closing_ = false;
  // Each on its own cache line: all threads write one while they poll another.
  alignas(64) std::atomic<unsigned> generation_ = 0;
  alignas(64) std::atomic<int> next_ = 0;
  alignas(64) std::atomic<unsigned> active_ = 0;
};

}  // namespace zero
