#pragma once

#include "tinyres/core/network.hpp"
#include "tinyres/layers/linear.hpp"

#include <cstddef>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace detail {

/// Whether an item of a network is a linear layer or a Sequential that holds one. A linear layer inside a ResBlock
/// or another group with branches is not a head.
template <class Item>
inline constexpr bool holds_head = is_linear<Item>;
template <class... Items>
inline constexpr bool holds_head<Sequential<Items...>> = (holds_head<Items> || ...);

template <class... Items>
struct ItemsBeforeHead;

/// What is left of the item that holds the head: nothing of the layer itself, the beginning of a Sequential.
template <class Item>
struct RestOfHead {
    using type = TypeList<>;
};

template <class List>
struct AsSequential;
template <>
struct AsSequential<TypeList<>> {
    using type = TypeList<>;
};
template <class... Items>
struct AsSequential<TypeList<Items...>> {
    using type = TypeList<Sequential<Items...>>;
};

template <class... Items>
struct RestOfHead<Sequential<Items...>> {
    using type = typename AsSequential<typename ItemsBeforeHead<Items...>::type>::type;
};

/// The items before the last linear layer; one of them must hold it.
template <class... Items>
struct ItemsBeforeHead {
    static constexpr std::size_t head = [] {
        constexpr bool holds[] = {holds_head<Items>...};
        std::size_t last = 0;
        for (std::size_t index = 0; index < sizeof...(Items); ++index)
            if (holds[index]) last = index;
        return last;
    }();

    template <std::size_t... Indices>
    static auto kept(std::index_sequence<Indices...>)
        -> Concatenated<TypeList<TypeAt<TypeList<Items...>, Indices>...>,
                        typename RestOfHead<TypeAt<TypeList<Items...>, head>>::type>;
    using type = decltype(kept(std::make_index_sequence<head>{}));
};

/// The compiler names this type when a network is nothing but a head.
template <class Head>
struct nothing_before_head {
    static_assert(sizeof(Head) == 0, "tinyres: nothing stands before this network's Linear, so its features are the "
                                     "images themselves; use those");
};

template <class Network, class List>
struct NetworkOf {
    static_assert(sizeof(nothing_before_head<Network>) > 0);
    using type = Network;
};
template <class Input, class... Layers, class First, class... Rest>
struct NetworkOf<Network<Input, Layers...>, TypeList<First, Rest...>> {
    using type = Network<Input, First, Rest...>;
};

/// The compiler names this type when a network has no head.
template <class Network>
struct no_head {
    static_assert(sizeof(Network) == 0,
                  "tinyres: this network has no Linear outside of groups with branches, so it has "
                  "no features before a head");
};

template <class Network>
struct Headless {
    static_assert(sizeof(no_head<Network>) > 0);
    using type = Network;
};
template <class Input, class... Layers>
requires(holds_head<Layers> || ...) struct Headless<Network<Input, Layers...>> {
    using type = typename NetworkOf<Network<Input, Layers...>, typename ItemsBeforeHead<Layers...>::type>::type;
};

} // namespace detail

/// The network up to its last Linear, which is left out together with all that follows: its outputs are the features
/// that the head takes. Layers keep their order and places, so its parameters and statistics are the first ones of the
/// whole network's buffers. A network without a Linear, or with nothing before it, does not compile.
template <class Network>
using WithoutHead = typename detail::Headless<typename Network::Written>::type;

} // namespace TINYRES_ARCH
} // namespace tinyres
