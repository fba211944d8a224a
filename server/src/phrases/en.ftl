# What an associate may say, why, and the facts under it.
#
# `say-…` is the outer form: it may be said aloud. It serves the person, is true for any person, and never tells that
# anything was followed ("we saw you look at ..." is forbidden), nor what somebody bought, wishes or told. `reason-…` and
# `fact-…` are the inner form, for the associate's eyes. A product's name comes as the brand writes it.
#
# $address  "formal" or "informal"
# $product  name of the product           $size      its size, or "none"
# $with     name of what it goes with     $people    how many people have both
# $here     pieces in this shop           $arrived   when they came in, by `on`
# $quantity pieces in the cart            $part      "wishes", "cart", "purchases" or "interests"
# $times    number of purchases           $days      typical days between purchases
# $price    what a piece costs now        $then      what it cost then
# $on       the date that matters         $since     the same, by `since`
# $by       "page" where only a page says so, else "known"
# $service  "pick-up", "return" or "repair"
# $number   its number, or a campaign's   $until     by `until`, or "none"
# $due      when it falls due, by `on`    $overdue   "yes" or "no"
# $category a category of products
# $day      a day that was told, by `on`  $occasion  "birthday", "wedding" or "other"

date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}{ $year ->
    [0] {""}
   *[other] {" "}{ $year }
}
on = { $near ->
    [today] today
    [yesterday] yesterday
    [tomorrow] tomorrow
   *[other] on { date }
}
since = { $near ->
    [today] since today
    [yesterday] since yesterday
    [tomorrow] from tomorrow
   *[other] since { date }
}
until = { $near ->
    [today] until the end of today
    [yesterday] until yesterday
    [tomorrow] until tomorrow
   *[other] until { date }
}

here-in-size = { $size ->
    [none] { $here } here
   *[other] { $here } here in { $size }
}

# In place of a product that a page named and the catalogue does not know.
unknown-product = an item we do not know

say-help-wanted = What can I do for you?
reason-help-wanted = Asked for help.

say-order-ready = Your order is ready. Shall I fetch it for you?
reason-order-ready = { $until ->
    [none] Pick-up { $number } has been ready here { $since }.
   *[other] Pick-up { $number } has been ready here { $since }, and is kept { $until }.
}

say-return-expected = { $service ->
    [repair] Your repair is done. Shall I fetch it for you?
   *[return] If you have something to return, I can take care of it right here.
}
reason-return-expected = { $service ->
    [repair] Repair { $number } has been ready here { $since }{ $until ->
        [none] {"."}
       *[other] , and is kept { $until }.
    }
   *[return] Return { $number } can be handed in here{ $until ->
        [none] {"."}
       *[other] , { $until }.
    }
}

say-looked-up = Are you looking for anything in particular?
reason-looked-up = { $by ->
    [page] { $product } was looked up during this visit, says the web page; { $here } here. Let the guest speak of it first.
   *[known] { $product } was looked up during this visit; { $here } here. Let the guest speak of it first.
}

say-promise = We promised you something. May I tell you where it stands?
reason-promise = { $overdue ->
    [yes] Promised { $on }, was due { $due }, and is not kept yet: the note says what.
   *[no] Promised { $on }, is due { $due }: the note says what.
}

# Nobody's size is said aloud: others listen.
say-wish-arrived = We have the { $product } here. Shall I show you?
reason-wish-arrived = { $wished ->
    [none] Put on the wish list { $on }; { here-in-size }.
   *[other] Put on the wish list { $on }, in { $wished }; { $here } here.
}

say-price-lower = We have the { $product } here, at { $price } at the moment. Shall I show you?
reason-price-lower = { $part ->
    [cart] { $price } for everybody now; it was { $then } when it was put into the cart { $on }. { here-in-size }.
   *[wishes] { $price } for everybody now; it was { $then } when it was put on the wish list { $on }. { here-in-size }.
}

say-back-in = We got the { $product } in not long ago. Shall I show you?
reason-back-in = { $part ->
    [cart] Put into the cart { $on }; came in { $arrived }: { here-in-size }.
   *[wishes] Put on the wish list { $on }; came in { $arrived }: { here-in-size }.
}

say-cart-left = We have the { $product } here, if you would like to see for yourself.
reason-cart-left = Put into the cart of the web shop { $on }; { $here } here.

# What somebody buys again and again is not named aloud either.
say-usual-due = Is there anything that you need today? I can see to it.
reason-usual-due = { $product }: bought { $times ->
    [one] once
   *[other] { $times } times
}, about every { $days ->
    [one] day
   *[other] { $days } days
}; the last time { $on }. Let the guest speak of it first.

say-goes-with = May I show you something? I think the { $product } could be for you.
reason-goes-with = Goes with { $with }, bought { $on }: { $people ->
    [one] one person
   *[other] { $people } people
} bought both. { $here } here.

say-occasion = Are you looking for something for a special occasion?
reason-occasion = { $occasion ->
    [birthday] The birthday is { $day }, as we were told { $on }. Let the guest speak of it first.
    [wedding] A wedding, or its anniversary, is { $day }, as we were told { $on }. Let the guest speak of it first.
   *[other] A day that matters to the guest is { $day }, as we were told { $on }. Let the guest speak of it first.
}

say-welcome-back = It is good to see you. Shall I show you what is new?
reason-welcome-back = Here again after long: the last order was { $on }.

# The greeting itself was said before.
say-hello = { $address ->
    [informal] Take your time. Just call me if you need anything.
   *[formal] Take your time. I am here if you need anything.
}
reason-hello = Nothing special. Let the guest look around.

fact-asked-for-help = Asked for help
fact-is-here = In the shop
fact-looked-up = { $product } was looked up during this visit
fact-on-wish-list = { $size ->
    [none] { $product } is on the wish list
   *[other] { $product } in { $size } is on the wish list
}
fact-in-stock-here = { $size ->
    [none] { $product }: { $here } in this shop
   *[other] { $product } in { $size }: { $here } in this shop
}
fact-in-cart = { $quantity ->
    [one] { $product } is in the cart of the web shop
   *[other] { $quantity } × { $product } are in the cart of the web shop
}
fact-bought-before = { $product }: bought { $times ->
    [one] once
   *[other] { $times } times
}, about every { $days ->
    [one] day
   *[other] { $days } days
}
fact-cost-then = { $part ->
    [cart] { $product } was { $then } when it was put into the cart
   *[wishes] { $product } was { $then } when it was put on the wish list
}
fact-costs-now = { $size ->
    [none] { $product } costs everybody { $price }
   *[other] { $product } in { $size } costs everybody { $price }
}
fact-owns = { $product } was bought
fact-goes-with = { $people ->
    [one] One person bought both { $with } and { $product }
   *[other] { $people } people bought both { $with } and { $product }
}
fact-waits = { $service ->
    [repair] Repair { $number } is ready to be fetched
    [return] Return { $number } can be handed in
   *[pick-up] Pick-up { $number } is ready
}{ $until ->
    [none] {""}
   *[other] , { $until }
}
fact-promised = Something was promised in a note; { $overdue ->
    [yes] it was due { $due }
   *[no] it is due { $due }
}
fact-day-told = { $occasion ->
    [birthday] The birthday is { $day }
    [wedding] A wedding, or its anniversary, is { $day }
   *[other] A day that matters is { $day }
}
fact-last-order = The last order
fact-announced = Told by the brand{ $until ->
    [none] {""}
   *[other] , { $until }
}: { $number }
fact-cares-for = { $part ->
    [purchases] Something of { $category } was bought
    [interests] Things of { $category } are of interest
    [cart] Something of { $category } is in the cart of the web shop
   *[wishes] Something of { $category } is on the wish list
}
