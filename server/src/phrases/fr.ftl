# Ce qu'un conseiller peut dire, pourquoi, et les faits en dessous. Les règles et les variables : voir en.ftl.

date = { $day ->
    [1] 1er
   *[other] { $day }
} { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
}{ $year ->
    [0] {""}
   *[other] {" "}{ $year }
}

# In place of a product that a page named and the catalogue does not know.
unknown-product = un article inconnu

say-help-wanted = Bonjour, comment puis-je vous aider ?
reason-help-wanted = A demandé de l’aide.

say-looked-up = { $size ->
    [none] Nous avons « { $product } » ici. Souhaitez-vous que je vous montre où ?
   *[other] Nous avons « { $product } » ici, en { $size }. Souhaitez-vous que je vous montre où ?
}
reason-looked-up = { $by ->
    [page] Recherche faite pendant cette visite, d’après la page web ; { $here } ici.
   *[known] Recherche faite pendant cette visite ; { $here } ici.
}

say-wish-arrived = { $size ->
    [none] Nous avons « { $product } » ici. Souhaitez-vous voir cela de plus près ?
   *[other] Nous avons « { $product } » ici, en { $size }. Souhaitez-vous voir cela de plus près ?
}
reason-wish-arrived = { $size ->
    [none] Dans la liste d’envies depuis le { $date } ; { $here } ici.
   *[other] Dans la liste d’envies, en { $size }, depuis le { $date } ; { $here } ici.
}

say-cart-left = { $here ->
    [0] Si vous avez une question sur « { $product } », je vous réponds avec plaisir.
   *[other] « { $product } » : nous l’avons ici, si vous souhaitez vous faire une idée.
}
reason-cart-left = { $here ->
    [0] Dans le panier de la boutique en ligne depuis le { $date }.
   *[other] Dans le panier de la boutique en ligne depuis le { $date } ; { $here } ici.
}

say-usual-due = Puis-je vous apporter « { $product } » pendant que vous êtes ici ?
reason-usual-due = { $times ->
    [one] Un achat
   *[other] { $times } achats
}, environ { $days ->
    [one] chaque jour
   *[other] tous les { $days } jours
} ; le dernier le { $date }.

fact-asked-for-help = A demandé de l’aide
fact-looked-up = « { $product } » : une recherche faite pendant cette visite
fact-on-wish-list = { $size ->
    [none] « { $product } » est dans la liste d’envies
   *[other] « { $product } » en { $size } est dans la liste d’envies
}
fact-in-stock-here = { $size ->
    [none] « { $product } » : { $here } dans cette boutique
   *[other] « { $product } » en { $size } : { $here } dans cette boutique
}
fact-in-cart = { $quantity ->
    [one] « { $product } » est dans le panier de la boutique en ligne
   *[other] { $quantity } × « { $product } » sont dans le panier de la boutique en ligne
}
fact-bought-before = « { $product } » : { $times ->
    [one] un achat
   *[other] { $times } achats
}, environ { $days ->
    [one] chaque jour
   *[other] tous les { $days } jours
}
