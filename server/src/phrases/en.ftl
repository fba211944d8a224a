# What an associate may say, why, and the facts under it.
#
# Rules for these texts: they serve the person and may be said aloud; they never tell that anything was followed
# ("we saw you look at ..." is forbidden); they fit any person; a product's name comes as the brand writes it.
#
# $product  name of the product         $size      its size, or "none"
# $here     pieces in this shop         $quantity  pieces in the cart
# $times    number of purchases         $days      typical days between purchases
# $date     a date made by `date`    $by        "page" where only a page says so, else "known"

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

# In place of a product that a page named and the catalogue does not know.
unknown-product = an item we do not know

say-help-wanted = Hello, how may I help you?
reason-help-wanted = Asked for help.

say-looked-up = { $size ->
    [none] We have { $product } here. Shall I show you where?
   *[other] We have { $product } here in { $size }. Shall I show you where?
}
reason-looked-up = { $by ->
    [page] Looked up during this visit, says the web page; { $here } here.
   *[known] Looked up during this visit; { $here } here.
}

say-wish-arrived = { $size ->
    [none] We have { $product } here. Would you like a closer look?
   *[other] We have { $product } here in { $size }. Would you like a closer look?
}
reason-wish-arrived = { $size ->
    [none] On the wish list since { $date }; { $here } here.
   *[other] On the wish list in { $size } since { $date }; { $here } here.
}

say-cart-left = { $here ->
    [0] If you have a question about { $product }, I am glad to help.
   *[other] { $product } is here, if you would like to see it for yourself.
}
reason-cart-left = { $here ->
    [0] In the cart of the web shop since { $date }.
   *[other] In the cart of the web shop since { $date }; { $here } here.
}

say-usual-due = Shall I get { $product } for you while you are here?
reason-usual-due = Bought { $times ->
    [one] once
   *[other] { $times } times
}, about every { $days ->
    [one] day
   *[other] { $days } days
}; last on { $date }.

fact-asked-for-help = Asked for help
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
