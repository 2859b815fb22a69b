# SPDX-License-Identifier: MIT
"""Alpha-beta search over a small chess-like game with kings, rooks, knights and pawns on 6 x 6."""
import sys

SIZE = 6
WORTH = {"k": 1000, "r": 50, "n": 30, "p": 10}
ROOK = ((0, 1), (1, 0), (0, -1), (-1, 0))
KING = ROOK + ((1, 1), (1, -1), (-1, 1), (-1, -1))
KNIGHT = ((1, 2), (2, 1), (-1, 2), (-2, 1), (1, -2), (2, -1), (-1, -2), (-2, -1))
START = "rnkknr" "pppppp" "......" "......" "PPPPPP" "RNKKNR"


class Position:
    """Squares in one list, capitals are white; moves are done and undone in place."""

    def __init__(self):
        self.squares = [("." if c == "k" and i == 3 or c == "K" and i == 33 else c)
                        for i, c in enumerate(START)]
        self.white = True
        self.nodes = 0

    def mine(self, piece):
        return piece != "." and piece.isupper() == self.white

    def moves(self):
        squares = self.squares
        forward = -1 if self.white else 1
        for at, piece in enumerate(squares):
            if not self.mine(piece):
                continue
            y, x = divmod(at, SIZE)
            kind = piece.lower()
            if kind == "p":
                if 0 <= y + forward < SIZE:
                    ahead = at + forward * SIZE
                    if squares[ahead] == ".":
                        yield at, ahead
                    for side in (-1, 1):
                        if 0 <= x + side < SIZE:
                            target = squares[ahead + side]
                            if target != "." and not self.mine(target):
                                yield at, ahead + side
                continue
            for dx, dy in {"r": ROOK, "k": KING, "n": KNIGHT}[kind]:
                tx, ty = x + dx, y + dy
                while 0 <= tx < SIZE and 0 <= ty < SIZE:
                    target = squares[ty * SIZE + tx]
                    if self.mine(target):
                        break
                    yield at, ty * SIZE + tx
                    if target != "." or kind != "r":
                        break
                    tx, ty = tx + dx, ty + dy

    def score(self):
        total = 0
        for at, piece in enumerate(self.squares):
            if piece != ".":
                value = WORTH[piece.lower()] + (at * 7 % 5)
                total += value if piece.isupper() else -value
        return total if self.white else -total

    def search(self, depth, alpha, beta):
        self.nodes += 1
        if depth == 0:
            return self.score(), None
        best = None
        squares = self.squares
        for source, target in sorted(self.moves(), key=lambda m: squares[m[1]] == "."):
            taken, piece = squares[target], squares[source]
            if taken in "kK":
                return 5000 + depth, (source, target)
            squares[target], squares[source] = piece, "."
            self.white = not self.white
            value = -self.search(depth - 1, -beta, -alpha)[0]
            self.white = not self.white
            squares[target], squares[source] = taken, piece
            if value > alpha:
                alpha, best = value, (source, target)
                if alpha >= beta:
                    break
        return alpha, best


def main(scale):
    for _ in range(scale):
        position, played = Position(), []
        for _ in range(6):
            _, move = position.search(4, -100000, 100000)
            if move is None:
                break
            position.squares[move[1]], position.squares[move[0]] = position.squares[move[0]], "."
            position.white = not position.white
            played.append(move)
    print(position.nodes, played, "".join(position.squares))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
