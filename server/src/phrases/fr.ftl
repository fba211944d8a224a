# Ce qu'un conseiller peut dire, pourquoi, et les faits en dessous. Les règles et les variables : voir en.ftl.

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
on = { $near ->
    [today] aujourd’hui
    [yesterday] hier
    [tomorrow] demain
   *[other] le { date }
}
since = { $near ->
    [today] depuis aujourd’hui
    [yesterday] depuis hier
    [tomorrow] à partir de demain
   *[other] depuis le { date }
}
until = { $near ->
    [today] jusqu’à ce soir
    [yesterday] jusqu’à hier
    [tomorrow] jusqu’à demain
   *[other] jusqu’au { date }
}

here-in-size = { $size ->
    [none] { $here } ici
   *[other] { $here } ici en { $size }
}

# In place of a product that a page named and the catalogue does not know.
unknown-product = un article inconnu

say-help-wanted = { $address ->
    [informal] Qu’est-ce que je peux faire pour toi ?
   *[formal] Que puis-je faire pour vous ?
}
reason-help-wanted = A demandé de l’aide.

say-order-ready = { $address ->
    [informal] Ta commande est prête. Je vais te la chercher ?
   *[formal] Votre commande est prête. Voulez-vous que j’aille la chercher ?
}
reason-order-ready = { $until ->
    [none] Retrait { $number } : prêt ici { $since }.
   *[other] Retrait { $number } : prêt ici { $since }, conservé { $until }.
}

say-return-expected = { $service ->
    [repair] { $address ->
        [informal] Ta réparation est terminée. Je vais te la chercher ?
       *[formal] Votre réparation est terminée. Voulez-vous que j’aille la chercher ?
    }
   *[return] { $address ->
        [informal] Si tu as quelque chose à rendre, je m’en occupe tout de suite.
       *[formal] Si vous avez quelque chose à rendre, je m’en occupe tout de suite.
    }
}
reason-return-expected = { $service ->
    [repair] Réparation { $number } : à récupérer ici { $since }{ $until ->
        [none] {"."}
       *[other] , conservée { $until }.
    }
   *[return] Retour { $number } : à déposer ici{ $until ->
        [none] {"."}
       *[other] , { $until }.
    }
}

say-looked-up = { $address ->
    [informal] Tu cherches quelque chose en particulier ?
   *[formal] Cherchez-vous quelque chose en particulier ?
}
reason-looked-up = { $by ->
    [page] « { $product } » : recherche faite pendant cette visite, d’après la page web ; { $here } ici. Attendre que la personne en parle.
   *[known] « { $product } » : recherche faite pendant cette visite ; { $here } ici. Attendre que la personne en parle.
}

say-promise = { $address ->
    [informal] Nous t’avions promis quelque chose. Je te dis où nous en sommes ?
   *[formal] Nous vous avions promis quelque chose. Puis-je vous dire où nous en sommes ?
}
reason-promise = { $overdue ->
    [yes] Promesse faite { $on }, à tenir { $due }, et pas encore tenue : la note dit laquelle.
   *[no] Promesse faite { $on }, à tenir { $due } : la note dit laquelle.
}

say-wish-arrived = { $address ->
    [informal] Nous avons « { $product } » ici. Tu veux y jeter un œil ?
   *[formal] Nous avons « { $product } » ici. Voulez-vous y jeter un œil ?
}
reason-wish-arrived = { $wished ->
    [none] Ajout à la liste d’envies { $on } ; { here-in-size }.
   *[other] Ajout à la liste d’envies { $on }, en { $wished } ; { $here } ici.
}

say-price-lower = { $address ->
    [informal] Nous avons « { $product } » ici, à { $price } en ce moment. Tu veux y jeter un œil ?
   *[formal] Nous avons « { $product } » ici, à { $price } en ce moment. Voulez-vous y jeter un œil ?
}
reason-price-lower = { $part ->
    [cart] { $price } pour tout le monde maintenant ; { $then } à l’ajout au panier { $on }. { here-in-size }.
   *[wishes] { $price } pour tout le monde maintenant ; { $then } à l’ajout à la liste d’envies { $on }. { here-in-size }.
}

say-back-in = { $address ->
    [informal] Nous avons reçu « { $product } » il y a peu. Tu veux y jeter un œil ?
   *[formal] Nous avons reçu « { $product } » il y a peu. Voulez-vous y jeter un œil ?
}
reason-back-in = { $part ->
    [cart] Ajout au panier { $on } ; arrivage { $arrived } : { here-in-size }.
   *[wishes] Ajout à la liste d’envies { $on } ; arrivage { $arrived } : { here-in-size }.
}

say-cart-left = { $address ->
    [informal] Nous avons « { $product } » ici, si tu veux te faire une idée.
   *[formal] Nous avons « { $product } » ici, si vous souhaitez vous faire une idée.
}
reason-cart-left = Ajout au panier de la boutique en ligne { $on } ; { $here } ici.

say-usual-due = { $address ->
    [informal] Il te faut quelque chose aujourd’hui ? Je m’en occupe.
   *[formal] Vous faut-il quelque chose aujourd’hui ? Je m’en occupe.
}
reason-usual-due = « { $product } » : { $times ->
    [one] un achat
   *[other] { $times } achats
}, environ { $days ->
    [one] chaque jour
   *[other] tous les { $days } jours
} ; le dernier { $on }. Attendre que la personne en parle.

say-goes-with = { $address ->
    [informal] Je peux te montrer quelque chose ? « { $product } » pourrait te plaire.
   *[formal] Puis-je vous montrer quelque chose ? « { $product } » pourrait vous plaire.
}
reason-goes-with = Va avec « { $with } », un achat fait { $on } : { $people ->
    [one] { $people } personne a acheté
   *[other] { $people } personnes ont acheté
} les deux. { $here } ici.

say-occasion = { $address ->
    [informal] Tu cherches quelque chose pour une occasion particulière ?
   *[formal] Cherchez-vous quelque chose pour une occasion particulière ?
}
reason-occasion = { $occasion ->
    [birthday] L’anniversaire est { $day }, nous l’avons appris { $on }. À ne pas évoquer avant la personne.
    [wedding] Un mariage, ou son anniversaire, tombe { $day }, nous l’avons appris { $on }. À ne pas évoquer avant la personne.
   *[other] Un jour qui compte est { $day }, nous l’avons appris { $on }. À ne pas évoquer avant la personne.
}

say-welcome-back = { $address ->
    [informal] Quel plaisir de te voir ! Je te montre les nouveautés ?
   *[formal] Quel plaisir de vous voir ! Voulez-vous que je vous montre les nouveautés ?
}
reason-welcome-back = De retour après longtemps : la dernière commande a été passée { $on }.

say-hello = { $address ->
    [informal] Prends ton temps. Je suis là si tu as besoin de quoi que ce soit.
   *[formal] Prenez votre temps. Je suis là si vous avez besoin de quoi que ce soit.
}
reason-hello = Rien de particulier. Laisser la personne regarder.

fact-asked-for-help = A demandé de l’aide
fact-is-here = Dans la boutique
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
fact-cost-then = { $part ->
    [cart] « { $product } » était à { $then } à l’ajout au panier
   *[wishes] « { $product } » était à { $then } à l’ajout à la liste d’envies
}
fact-costs-now = { $size ->
    [none] « { $product } » coûte { $price } pour tout le monde
   *[other] « { $product } » en { $size } coûte { $price } pour tout le monde
}
fact-owns = « { $product } » : un achat
fact-goes-with = { $people ->
    [one] Une personne a acheté « { $with } » et « { $product } »
   *[other] { $people } personnes ont acheté « { $with } » et « { $product } »
}
fact-waits = { $service ->
    [repair] Réparation { $number } à récupérer
    [return] Retour { $number } à déposer
   *[pick-up] Retrait { $number } prêt
}{ $until ->
    [none] {""}
   *[other] , { $until }
}
fact-promised = Une promesse dans une note, { $overdue ->
    [yes] qui était à tenir { $due }
   *[no] à tenir { $due }
}
fact-day-told = { $occasion ->
    [birthday] L’anniversaire est { $day }
    [wedding] Un mariage, ou son anniversaire, tombe { $day }
   *[other] Un jour qui compte est { $day }
}
fact-last-order = La dernière commande
fact-announced = Annoncé par la marque{ $until ->
    [none] {""}
   *[other] , { $until }
} : { $number }
fact-cares-for = { $part ->
    [purchases] Un achat dans « { $category } »
    [interests] Un intérêt pour « { $category } »
    [cart] Un article de « { $category } » est dans le panier de la boutique en ligne
   *[wishes] Un article de « { $category } » est dans la liste d’envies
}
