#pragma once

#include "tinyres/core/groups.hpp"

#include <cstddef>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

template <class First, class Others, class Indices>
struct FirstAndOthers;
template <class First, class Others, std::size_t... Indices>
struct FirstAndOthers<First, Others, std::index_sequence<Indices...>> {
    template <std::size_t>
    using Other = Others;
    using type = Sequential<First, Other<Indices>...>;
};

} // namespace detail

/// `Count` blocks one after the other, of which the first is another one: a stage of a network.
template <int Count, class First, class Others = First>
using Repeated =
    typename detail::FirstAndOthers<First, Others, std::make_index_sequence<static_cast<std::size_t>(Count) - 1>>::type;

} // namespace TINYRES_ARCH
} // namespace tinyres
