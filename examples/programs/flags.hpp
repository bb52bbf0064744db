#pragma once

#include <map>
#include <set>
#include <string>

namespace example {

/// Flags without their dashes, and their values.
using Flags = std::map<std::string, std::string>;

/// Throws Error when one of the flags that were `given` now says something else than the run that it is to resume
/// began with.
void require_as_begun(const Flags& begun, const Flags& now, const std::set<std::string>& given);

/// Throws Error, naming the flag, unless `valid`; `remedy` says what to give.
void require_flag(bool valid, const std::string& flag, const std::string& value, const std::string& remedy);

/// The learning rate that `text`, the flag's value, is. Throws Error, naming the flag, unless it is a number above 0;
/// `remedy` says what to give.
double learning_rate_of(const std::string& text, const std::string& flag, const std::string& remedy);

/// `word` as a shell takes it for one.
std::string shell_word(const std::string& word);

} // namespace example
