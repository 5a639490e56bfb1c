// How the operations of a game in Python take the GIL.
//
// When the interpreter ends, it kills every other thread that asks for the GIL, in the middle of
// native code, and this aborts the process. So a thread that asks too late sleeps until the process
// is gone, and the interpreter waits for the threads that asked before.
#pragma once

#include <nanobind/nanobind.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace zero {

class Gil {
 public:
  // Called once, when the interpreter is about to end, with the GIL held.
  static void close() {
    closer_ = std::this_thread::get_id();
    closing_ = true;
    const nanobind::gil_scoped_release release;
    for (int i = 0; i < 2000 && inside_ > 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  // A thread between asking for the GIL and giving it back. A thread that already has it is safe.
  class Entry {
   public:
    Entry() : counted_(PyGILState_Check() == 0) {
      if (!counted_) return;
      ++inside_;
      // The thread that ends the interpreter may still play, in code that runs at exit.
      if (!closing_ || std::this_thread::get_id() == closer_) return;
      --inside_;
      while (true) std::this_thread::sleep_for(std::chrono::hours(1));
    }
    ~Entry() {
      if (counted_) --inside_;
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    const bool counted_;
  };

  static inline std::thread::id closer_;  // set before closing_
  static inline std::atomic<bool> closing_ = false;
  static inline std::atomic<int> inside_ = 0;

  Entry entry_;
  nanobind::gil_scoped_acquire held_;
};

}  // namespace zero
