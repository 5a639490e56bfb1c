"""The search in plain Python: the executable specification of `selfplay/native/search/search.hpp`.

Read `rng`, `tree`, `rules`, `search`, in this order.

It is written to be read, not to be fast. The native search equals it node for node. So every sum
runs in edge order, every product in the order written here, all in IEEE doubles, and ties go to the
lowest index.

    AlphaZero  Silver et al. 2018, "A general reinforcement learning algorithm that masters chess,
               shogi, and Go through self-play"
    Gumbel     Danihelka et al. 2022, "Policy improvement by planning with Gumbel", in the
               conventions of the authors' library mctx
    UCT        Kocsis & Szepesvari 2006, "Bandit based Monte-Carlo planning"
    Solver     Winands, Bjornsson & Saito 2008, "Monte-Carlo tree search solver"
"""
