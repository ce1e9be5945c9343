import { expect } from "chai";
import { allowAccount } from "./account.ts";
import { costBound, hourlyBound } from "./cost.ts";

describe("the guards of an acceptance run", () => {
  it("let it work in a listed account alone", () => {
    expect(() => {
      allowAccount("111122223333", "999988887777, 111122223333");
    }).not.to.throw();
    for (const listed of [undefined, "", ",", "999988887777", "1111222233334", "11112222333"])
      expect(() => {
        allowAccount("111122223333", listed);
      }).to.throw("The AWS account 111122223333 is not for acceptance runs");
  });

  it("know the most that it can cost, which grows with its time", () => {
    expect(hourlyBound()).to.be.within(0.9, 1.1);
    expect(costBound(240)).to.be.within(7, 8);
    expect(costBound(120) - costBound(60)).to.be.closeTo(hourlyBound(), 0.001);
  });
});
