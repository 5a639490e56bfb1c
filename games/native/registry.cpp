#include "games/native/registry.hpp"

#include <charconv>
#include <mutex>
#include <numeric>

#include "games/native/rules/breakthrough.hpp"
#include "games/native/rules/chess/chess.hpp"
#include "games/native/rules/connect_four.hpp"
#include "games/native/rules/go/go.hpp"
#include "games/native/rules/gomoku.hpp"
#include "games/native/rules/hex.hpp"
#include "games/native/rules/othello.hpp"
#include "games/native/rules/tic_tac_toe.hpp"

namespace zero {
namespace {

template <Rules R>
std::shared_ptr<const Game> game_of(R rules) {
  return std::make_shared<RulesGame<R>>(std::move(rules));
}

template <Rules R>
std::shared_ptr<const Game> make_plain(const Parameters&) {
  return game_of(R{});
}

// Calls `make` with the number of words of a Bits that a board of size x size needs, or the next
// one in use: for each number the game is compiled once more.
template <typename Make>
std::shared_ptr<const Game> in_fitting_words(int size, const Make& make) {
  if (size <= 8) return make.template operator()<1>();
  if (size <= 11) return make.template operator()<2>();
  if (size <= 16) return make.template operator()<4>();
  return make.template operator()<6>();
}

std::shared_ptr<const Game> make_breakthrough(const Parameters& parameters) {
  return game_of(Breakthrough{int_parameter(parameters, "size", 8, 4, 8)});
}

std::shared_ptr<const Game> make_gomoku(const Parameters& parameters) {
  const int size = int_parameter(parameters, "size", 15, 3, 19);
  const int line = int_parameter(parameters, "line", 5, 3, 19);
  if (line > size) {
    throw GameError("gomoku: a line of " + std::to_string(line) + " does not fit on size=" +
                    std::to_string(size) + "; give line=3 to " + std::to_string(size));
  }
  const bool exact = flag_parameter(parameters, "exact", false);
  return in_fitting_words(size,
                          [&]<int Words>() { return game_of(Gomoku<Words>{size, line, exact}); });
}

std::shared_ptr<const Game> make_hex(const Parameters& parameters) {
  const int size = int_parameter(parameters, "size", 11, 3, 19);
  const bool swap = flag_parameter(parameters, "swap", false);
  return in_fitting_words(size, [&]<int Words>() { return game_of(Hex<Words>{size, swap}); });
}

std::shared_ptr<const Game> make_othello(const Parameters& parameters) {
  const int size = int_parameter(parameters, "size", 8, 4, 8);
  if (size % 2 != 0) {
    throw GameError("othello: size=" + std::to_string(size) + " is odd; give 4, 6 or 8");
  }
  return game_of(Othello{size});
}

std::shared_ptr<const Game> make_go(const Parameters& parameters) {
  GoSettings settings;
  settings.size = int_parameter(parameters, "size", 19, 2, 19);
  settings.komi = half_parameter(parameters, "komi", 15, -800, 800);
  settings.superko = flag_parameter(parameters, "superko", false);
  const int usual = 2 * settings.size * settings.size;
  // With superko the state has room for no more than 128 boards.
  settings.plies =
      int_parameter(parameters, "plies", usual, 1, settings.superko ? std::max(usual, 128) : 10000);
  return in_fitting_words(settings.size, [&]<int Words>() {
    return settings.superko ? game_of(Go<Words, true>{settings})
                            : game_of(Go<Words, false>{settings});
  });
}

std::shared_ptr<const Game> make_chess(const Parameters& parameters) {
  const int history = int_parameter(parameters, "history", 1, 1, Chess::kMostBoards);
  const int plies = int_parameter(parameters, "plies", 512, 1, 10000);
  return game_of(Chess{history, plies});
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

Parameters parse_parameters(const GameEntry& entry, std::string_view text) {
  Parameters parameters;
  std::vector<std::string> known;
  for (const auto& [name, description] : entry.parameters) known.push_back(name);
  for (bool more = !text.empty(); more;) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view item = text.substr(0, end);
    more = end < text.size();
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      throw GameError(entry.name + ": " + quoted(item) + " is not a parameter; write name=value");
    }
    const std::string name(item.substr(0, equals));
    if (!entry.parameters.contains(name)) {
      throw GameError(known.empty()
                          ? entry.name + " has no parameters, but " + quoted(name) + " was given"
                          : entry.name + " has no parameter " + quoted(name) + "; did you mean '" +
                                nearest(name, known) + "'?");
    }
    if (!parameters.emplace(name, item.substr(equals + 1)).second) {
      throw GameError(entry.name + ": " + name + " is given twice");
    }
  }
  return parameters;
}

// The game with the parameters; whatever is wrong with them, the message begins with its name.
std::shared_ptr<const Game> made(const GameEntry& entry, std::string_view parameters) {
  const Parameters given = parse_parameters(entry, parameters);
  try {
    return entry.make(given);
  } catch (const GameError& error) {
    if (std::string_view(error.what()).starts_with(entry.name + ":")) throw;
    throw GameError(entry.name + ": " + error.what());
  }
}

// One object for each game and its parameters, so that states of the same game know each other.
std::shared_ptr<const Game> shared(std::shared_ptr<const Game> fresh) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<const Game>> known;
  const std::lock_guard lock(mutex);
  std::weak_ptr<const Game>& entry = known[fresh->spec().name];
  if (const std::shared_ptr<const Game> existing = entry.lock()) return existing;
  entry = fresh;
  return fresh;
}

}  // namespace

const std::vector<GameEntry>& game_entries() {
  static const std::vector<GameEntry> entries = {
      {"breakthrough",
       "stones that move forward; the first across wins",
       {{"size", "8 (4 to 8)"}},
       make_breakthrough},
      {"chess",
       "chess, by the rules of FIDE",
       {{"history", "1 (boards that the network sees, 1 to 8)"},
        {"plies", "512 (the longest game, 1 to 10000)"}},
       make_chess},
      {"connect_four", "four in a row on 6 x 7, stones fall", {}, make_plain<ConnectFour>},
      {"go",
       "Go, area scoring",
       {{"size", "19 (2 to 19)"},
        {"komi", "7.5 (a multiple of 0.5)"},
        {"superko", "no (yes: no earlier board may come again)"},
        {"plies", "2 * size * size, the longest game"}},
       make_go},
      {"gomoku",
       "five stones in a row",
       {{"size", "15 (3 to 19)"},
        {"line", "5 (3 to size)"},
        {"exact", "no (yes: a longer line does not win)"}},
       make_gomoku},
      {"hex",
       "join two opposite sides of a rhombus",
       {{"size", "11 (3 to 19)"}, {"swap", "no (yes: the first stone may be taken over)"}},
       make_hex},
      {"othello", "Othello (Reversi)", {{"size", "8 (4, 6 or 8)"}}, make_othello},
      {"tic_tac_toe", "three in a row on 3 x 3", {}, make_plain<TicTacToe>},
  };
  return entries;
}

std::shared_ptr<const Game> make_game(std::string_view name) {
  const std::size_t question = std::min(name.find('?'), name.size());
  const std::string_view base = name.substr(0, question);
  std::vector<std::string> known;
  for (const GameEntry& entry : game_entries()) {
    if (entry.name == base) {
      const std::string_view parameters = name.substr(std::min(question + 1, name.size()));
      return shared(made(entry, parameters));
    }
    known.push_back(entry.name);
  }
  throw GameError("there is no game " + quoted(base) + "; did you mean '" + nearest(base, known) +
                  "'? (games: " + joined(known) + ")");
}

int int_parameter(const Parameters& parameters, std::string_view name, int fallback, int low,
                  int high) {
  const auto found = parameters.find(name);
  if (found == parameters.end()) return fallback;
  const std::string& text = found->second;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) {
    throw GameError(std::string(name) + "=" + quoted(text) +
                    " is not possible; give a whole number from " + std::to_string(low) + " to " +
                    std::to_string(high));
  }
  return value;
}

bool flag_parameter(const Parameters& parameters, std::string_view name, bool fallback) {
  const auto found = parameters.find(name);
  if (found == parameters.end()) return fallback;
  if (found->second != "yes" && found->second != "no") {
    throw GameError(std::string(name) + "=" + quoted(found->second) +
                    " is not possible; give yes or no");
  }
  return found->second == "yes";
}

int half_parameter(const Parameters& parameters, std::string_view name, int fallback, int low,
                   int high) {
  const auto found = parameters.find(name);
  if (found == parameters.end()) return fallback;
  std::string_view text = found->second;
  int half = 0;
  for (const auto& [ending, halves] : {std::pair{".5", 1}, {".0", 0}}) {
    if (!text.ends_with(ending)) continue;
    text.remove_suffix(2);
    half = halves;
    break;
  }
  int whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  const bool good = error == std::errc{} && end == text.data() + text.size() && whole >= low &&
                    whole <= high;  // which keeps the next line from an overflow
  const int value = good ? 2 * whole + (text.starts_with('-') ? -half : half) : 0;
  if (!good || value < low || value > high) {
    throw GameError(std::string(name) + "=" + quoted(found->second) +
                    " is not possible; give a multiple of 0.5 from " + halves_to_string(low) +
                    " to " + halves_to_string(high));
  }
  return value;
}

std::string nearest(std::string_view given, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = static_cast<std::size_t>(-1);
  for (const std::string& candidate : candidates) {
    // Levenshtein distance, one row at a time.
    std::vector<std::size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < given.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i + 1;
      for (std::size_t j = 0; j < candidate.size(); ++j) {
        const std::size_t substitution = diagonal + (given[i] == candidate[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, substitution});
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace zero
