// A fixed set of threads that share out the chunks of one task at a time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace zero {

class ThreadTeam {
 public:
  // `size` counts the calling thread, which works too.
  explicit ThreadTeam(int size) {
    try {
      for (int i = 1; i < size; ++i) helpers_.emplace_back([this] { help(); });
    } catch (...) {
      close();  // a thread that is not joined would end the process
      throw;
    }
  }
  ~ThreadTeam() { close(); }
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  // Calls task(chunk) for every chunk in [0, chunks), and returns when all are done. The first
  // exception thrown by a task is thrown again here.
  void run(int chunks, const std::function<void(int)>& task) {
    {
      const std::lock_guard lock(mutex_);
      task_ = &task;
      chunks_ = chunks;
      next_ = 0;
      active_ = static_cast<int>(helpers_.size());
      error_ = nullptr;
      ++generation_;
    }
    begin_.notify_all();
    work();
    std::unique_lock lock(mutex_);
    end_.wait(lock, [this] { return active_ == 0; });
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    begin_.notify_all();
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
    std::uint64_t seen = 0;
    while (true) {
      {
        std::unique_lock lock(mutex_);
        begin_.wait(lock, [&] { return closing_ || generation_ != seen; });
        if (closing_) return;
        seen = generation_;
      }
      work();
      const std::lock_guard lock(mutex_);
      if (--active_ == 0) end_.notify_one();
    }
  }

  std::vector<std::thread> helpers_;
  std::mutex mutex_;
  std::condition_variable begin_;
  std::condition_variable end_;
  const std::function<void(int)>* task_ = nullptr;
  int chunks_ = 0;
  std::atomic<int> next_ = 0;
  int active_ = 0;
  std::uint64_t generation_ = 0;
  bool closing_ = false;
  std::exception_ptr error_;
};

}  // namespace zero
