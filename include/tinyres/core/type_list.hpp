#pragma once

#include "tinyres/core/config.hpp"

#include <cstddef>
#include <type_traits>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A list of types. Flat on purpose: the compiler's work grows with its length, not with nesting.
template <class... Types>
struct TypeList {
    static constexpr int size = sizeof...(Types);
};

namespace detail {

template <std::size_t Index, class Type>
struct Indexed {};

template <class Indices, class... Types>
struct IndexedTypes;

template <std::size_t... Indices, class... Types>
struct IndexedTypes<std::index_sequence<Indices...>, Types...> : Indexed<Indices, Types>... {};

template <std::size_t Index, class Type>
std::type_identity<Type> pick(const Indexed<Index, Type>&);

template <class List>
struct Lookup;

template <class... Types>
struct Lookup<TypeList<Types...>> : IndexedTypes<std::index_sequence_for<Types...>, Types...> {};

template <class... Lists>
struct Concatenation;

template <>
struct Concatenation<> {
    using type = TypeList<>;
};

template <class... A>
struct Concatenation<TypeList<A...>> {
    using type = TypeList<A...>;
};

template <class... A, class... B, class... Rest>
struct Concatenation<TypeList<A...>, TypeList<B...>, Rest...> : Concatenation<TypeList<A..., B...>, Rest...> {};

// Eight at a time, so that a long list does not recurse once an element.
template <class... A, class... B, class... C, class... D, class... E, class... F, class... G, class... H, class... Rest>
struct Concatenation<TypeList<A...>, TypeList<B...>, TypeList<C...>, TypeList<D...>, TypeList<E...>, TypeList<F...>,
                     TypeList<G...>, TypeList<H...>, Rest...>
    : Concatenation<TypeList<A..., B..., C..., D..., E..., F..., G..., H...>, Rest...> {};

} // namespace detail

/// The type at `Index`, found by overload resolution in one step.
template <class List, std::size_t Index>
using TypeAt = typename decltype(detail::pick<Index>(std::declval<const detail::Lookup<List>&>()))::type;

/// Several lists as one.
template <class... Lists>
using Concatenated = typename detail::Concatenation<Lists...>::type;

} // namespace TINYRES_ARCH
} // namespace tinyres
