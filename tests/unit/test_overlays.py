"""Area codes that are laid over one another serve the same places: the same states and time zones.

Every area code is written here a second time, those of one complex joined by "/" with the oldest
first. Sources: the overlay reports and planning letters of nationalnanpa.com, and cnac.ca.
"""

import pytest

from messaging.areas import area_of, read
from messaging.regions import AREA_CODES

COMPLEXES = """
AL 205/659 251 256/938 334  AK 907  AZ 480/602/623 520 928  AR 479 501 870/327
CA 209/350 213/323/738 310/424 408/669 415/628 510/341 530 559 562 619/858 626 650 661 707/369
   714/657 760/442 805/820 818/747 831 909/840 916/279 925 949 951
CO 303/720/983 719 970/748  CT 203/475 860/959  DE 302  DC 202/771
FL 239 305/786/645 352 386 407/321/689 561/728 727 772 813/656 850/448 863 904/324 941 954/754
GA 229 404/470/678/770/943 478 706/762 912  HI 808  ID 208/986
IL 217/447 309 312/773/872 618/730 630/331 708/464 815/779 847/224
IN 219 260 317/463 574 765 812/930  IA 319 515 563 641 712  KS 316 620 785 913
KY 270/364 502 606 859  LA 225 318 337 504 985  ME 207  MD 301/240/227 410/443/667
MA 413 508/774 617/857 781/339 978/351  MI 231 248/947 269 313 517 586 616 734 810 906 989
MN 218 320 507 612 651 763 952  MS 228 601/769 662
MO 314/557 417 573/235 636 660 816/975  MT 406  NE 308 402/531  NV 702/725 775  NH 603
NJ 201/551 609/640 732/848 856 908 973/862  NM 505 575
NY 212/646/332/917 315/680 516/363 518/838 585 607 631/934 716 718/347/929/917 845/329 914
NC 252 336/743 704/980 828 910/472 919/984  ND 701
OH 216 330/234 419/567 440 513/283 614/380 740/220 937/326  OK 405/572 580 918/539
OR 503/971 541/458  PA 215/267/445 412/878 570/272 610/484/835 717/223 724/878 814/582
RI 401  SC 803/839 843/854 864/821  SD 605  TN 423 615/629 731 865 901 931
TX 210/726 214/469/972/945 254 281/346/713/832 325 361 409 432 512/737 682/817 806 830 903/430
   915 936 940 956 979
UT 801/385 435  VT 802  VA 276 434 540/826 703/571 757/948 804/686
WA 206/564 253/564 360/564 425/564 509  WV 304/681  WI 262 414 608/353 715/534 920/274  WY 307
AB 403/587/825/368 780/587/825/368  BC 250/236/257/672/778 604  MB 204/431/584  NB 506/428
NL 709/879  NS-PE 902/782  ON 416/437/647/942 519/226/548/382 613/343/753 705/249/683
   807 905/289/365/742
QC 418/581/367/273 450/579/354 514/438/263 819/873/468  SK 306/639/474  NT-NU-YT 867
Islands 787/939 809/829/849 876/658
"""
LISTED = [word.split("/") for word in COMPLEXES.split() if word[0].isdigit()]
OVERLAYS = [(codes[0], overlay) for codes in LISTED for overlay in codes[1:]]
ISLANDS = {"787", "939", "809", "829", "849", "876", "658"}


@pytest.mark.parametrize(("older", "overlay"), OVERLAYS)
def test_an_overlay_has_the_states_and_the_zones_of_the_code_it_overlays(
    older: str, overlay: str
) -> None:
    at_older, at_overlay = (read(area_of(f"+1{code}5550123")) for code in (older, overlay))
    assert at_overlay.regions == at_older.regions
    assert at_overlay.zones == at_older.zones


def test_every_area_code_is_listed_here_so_that_no_new_overlay_is_forgotten() -> None:
    assert {code for codes in LISTED for code in codes} == set(AREA_CODES) | ISLANDS
